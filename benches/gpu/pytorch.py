"""The same reward models in PyTorch and transformers, trained from a folder that the bench has made; and PyTorch's matrix rates.

    python3 benches/gpu/pytorch.py train FOLDER ROWS.jsonl --device cuda:0 --precision bfloat16 --updates 12
    python3 benches/gpu/pytorch.py rates --device cuda:0

Each prints one line of JSON; `train` then waits for the end of its input, so that its memory can be measured. Everything is
as Tribunal has it: the rows and their order in a batch, Bradley-Terry on the last token's score, float32 master weights, AdamW
without decay of biases and gains, the gradient's global norm clipped, the course of the learning rate. Attention is PyTorch's
own (scaled_dot_product_attention), AdamW its fused one.
"""

import argparse
import json
import math
import statistics
import sys
import time

import torch


def ids_of(row, field):
    return [int(word[1:]) for word in (row["prompt"] + row[field]).split()]


def learning_rate(peak, step, steps, warm_up):
    rising = max(int(steps * warm_up), 1)
    if step < rising:
        return peak * (step + 1) / rising
    done = min((step - rising) / max(steps - rising, 1), 1.0)
    return peak * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * done)))


def waiting(device):
    return (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)


def rates(args):
    """Operations of a square matrix product in a second: medians of ten, after three that are not counted."""
    device = torch.device(args.device)
    synchronise = waiting(device)
    torch.backends.cuda.matmul.allow_tf32 = True
    told = {}
    for name, dtype in [("bfloat16", torch.bfloat16), ("float32", torch.float32)]:
        a, b = (torch.randn(args.width, args.width, device=device, dtype=dtype) for _ in range(2))
        walls = []
        for _ in range(13):
            synchronise()
            begun = time.perf_counter()
            a @ b
            synchronise()
            walls.append(time.perf_counter() - begun)
        told[name] = 2.0 * args.width**3 / statistics.median(walls[3:])
    print(json.dumps(told))


def train(args):
    from transformers import AutoModelForSequenceClassification
    device = torch.device(args.device)
    synchronise = waiting(device)
    torch.backends.cuda.matmul.allow_tf32 = args.tf32
    model = AutoModelForSequenceClassification.from_pretrained(args.folder, dtype=torch.float32).to(device)
    model.train()
    rows = [json.loads(line) for line in open(args.rows, encoding="utf-8")]
    texts = [ids_of(row, field) for row in rows for field in ("chosen", "rejected")]
    ids = torch.tensor(texts, device=device)
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": args.decay}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=args.rate, fused=device.type == "cuda")
    losses, walls = [], []
    for step in range(args.updates):
        synchronise()
        begun = time.perf_counter()
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(args.rate, step, args.updates, 0.05)
        with torch.autocast(device.type, torch.bfloat16, enabled=args.precision == "bfloat16"):
            scores = model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False).logits.float().flatten()
        loss = torch.nn.functional.softplus(scores[1::2] - scores[0::2]).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        losses.append(loss.item())
        synchronise()
        walls.append(time.perf_counter() - begun)
    # The last is left out as on the other side, where a row is validated after it.
    kept = walls[args.warm:-1]
    print(json.dumps({"wall_s": statistics.median(kept), "losses": losses}), flush=True)
    sys.stdin.read()


def main():
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(dest="verb", required=True)
    rating = verbs.add_parser("rates")
    rating.add_argument("--device", default="cpu")
    rating.add_argument("--width", type=int, default=8_192)
    training = verbs.add_parser("train")
    training.add_argument("folder")
    training.add_argument("rows")
    training.add_argument("--device", default="cpu")
    training.add_argument("--precision", default="float32", choices=["float32", "bfloat16"])
    training.add_argument("--tf32", action="store_true")
    training.add_argument("--updates", type=int, default=10)
    training.add_argument("--warm", type=int, default=3)
    training.add_argument("--rate", type=float, default=1e-5)
    training.add_argument("--decay", type=float, default=0.01)
    args = parser.parse_args()
    rates(args) if args.verb == "rates" else train(args)


main()
