"""The same reward models in PyTorch and transformers: makes a folder of random weights, and trains from it.

    python3 benches/gpu/pytorch.py make gpt2 FOLDER
    python3 benches/gpu/pytorch.py train FOLDER ROWS.jsonl --precision bfloat16 --updates 10

`train` prints one line of JSON. Everything is as Tribunal has it: the rows and their order in a batch, Bradley-Terry on the
last token's score, float32 master weights, AdamW without decay of biases and gains, the gradient's global norm clipped, the
course of the learning rate. Attention is PyTorch's own (scaled_dot_product_attention), AdamW its fused one.
"""

import argparse
import json
import math
import statistics
import subprocess
import time

import torch
from transformers import AutoModelForSequenceClassification, GPT2Config, Qwen2Config
from transformers import GPT2ForSequenceClassification, Qwen2ForSequenceClassification


def make(kind, folder):
    torch.manual_seed(7)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    still = dict(resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)
    small = dict(vocab_size=997, num_labels=1)
    with torch.device(device):
        if kind == "gpt2":
            config = GPT2Config(num_labels=1, pad_token_id=0, bos_token_id=0, eos_token_id=0, **still)
            model = GPT2ForSequenceClassification(config)
        elif kind == "gpt2_tiny":
            config = GPT2Config(n_embd=64, n_layer=2, n_head=2, n_positions=512, pad_token_id=0, bos_token_id=0,
                                eos_token_id=0, **small, **still)
            model = GPT2ForSequenceClassification(config)
        else:
            tiny = dict(hidden_size=64, intermediate_size=160, num_hidden_layers=2, num_attention_heads=4,
                        num_key_value_heads=2, max_position_embeddings=512, **small)
            half = dict(vocab_size=151_936, hidden_size=896, intermediate_size=4_864, num_hidden_layers=24,
                        num_attention_heads=14, num_key_value_heads=2, max_position_embeddings=4_096, num_labels=1)
            size = tiny if kind == "qwen2_tiny" else half
            model = Qwen2ForSequenceClassification(Qwen2Config(pad_token_id=0, tie_word_embeddings=True, **size))
    # Half of the bytes; both sides read them back as float32.
    model.to(torch.bfloat16).save_pretrained(folder)
    print(json.dumps({"vocabulary": model.config.vocab_size, "parameters": sum(p.numel() for p in model.parameters())}))


def ids_of(row, field):
    return [int(word[1:]) for word in (row["prompt"] + row[field]).split()]


def learning_rate(peak, step, steps, warm_up):
    rising = max(int(steps * warm_up), 1)
    if step < rising:
        return peak * (step + 1) / rising
    done = min((step - rising) / max(steps - rising, 1), 1.0)
    return peak * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * done)))


def memory_mib():
    query = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits", "--id=0"]
    return float(subprocess.run(query, capture_output=True, text=True, check=True).stdout.split()[0])


def train(args):
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    # Whoever asks for this still holds its own memory on the card.
    others_mib = memory_mib() if device.type == "cuda" else 0.0
    synchronise = torch.cuda.synchronize if device.type == "cuda" else (lambda: None)
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
    kept = walls[args.warm:]
    memory = memory_mib() - others_mib if device.type == "cuda" else 0.0
    print(json.dumps({"wall_s": statistics.median(kept), "losses": losses, "memory_mib": memory}))


def main():
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(dest="verb", required=True)
    making = verbs.add_parser("make")
    making.add_argument("kind", choices=["gpt2", "qwen2", "gpt2_tiny", "qwen2_tiny"])
    making.add_argument("folder")
    training = verbs.add_parser("train")
    training.add_argument("folder")
    training.add_argument("rows")
    training.add_argument("--precision", default="float32", choices=["float32", "bfloat16"])
    training.add_argument("--tf32", action="store_true")
    training.add_argument("--updates", type=int, default=10)
    training.add_argument("--warm", type=int, default=3)
    training.add_argument("--rate", type=float, default=1e-5)
    training.add_argument("--decay", type=float, default=0.01)
    args = parser.parse_args()
    make(args.kind, args.folder) if args.verb == "make" else train(args)


main()
