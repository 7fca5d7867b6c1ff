"""PyTorch's side of `run.py`: each verb makes a model or does so much work, and ends."""

import gzip
import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, GPT2Config, GPT2ForSequenceClassification


def make(folder, words):
    torch.manual_seed(7)
    still = dict(resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)
    config = GPT2Config(vocab_size=int(words), n_embd=256, n_layer=4, n_head=4, n_positions=128, num_labels=1,
                        pad_token_id=int(words) - 2, bos_token_id=int(words) - 1, eos_token_id=int(words) - 1, **still)
    GPT2ForSequenceClassification(config).save_pretrained(folder)


def head(base, folder):
    torch.manual_seed(7)
    AutoModelForSequenceClassification.from_pretrained(base, num_labels=1).save_pretrained(folder)
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)


def optimiser_of(model):
    trained = [p for p in model.parameters() if p.requires_grad]
    decayed = [p for p in trained if p.dim() > 1]
    others = [p for p in trained if p.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=1e-5, fused=True)


def update(model, optimiser, ids, mask):
    scores = model(input_ids=ids, attention_mask=mask, use_cache=False).logits.flatten()
    torch.nn.functional.softplus(scores[1::2] - scores[0::2]).mean().backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)


def adapted(model, rank):
    from peft import LoraConfig, get_peft_model

    beside = dict(target_modules=r".*attn\.c_(attn|proj)", fan_in_fan_out=True, lora_dropout=0.0)
    return get_peft_model(model, LoraConfig(task_type="SEQ_CLS", r=rank, lora_alpha=2 * rank, **beside))


def train(folder, rows, updates, threads, rank):
    torch.set_num_threads(int(threads))
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    if int(rank) > 0:
        model = adapted(model, int(rank))
    optimiser = optimiser_of(model)
    rows = [json.loads(line) for line in open(rows, encoding="utf-8")]
    end = model.config.vocab_size - 1
    texts = [[int(word[1:]) for word in (row["prompt"] + row[side]).split()] + [end]
             for row in rows for side in ("chosen", "rejected")]
    ids = torch.tensor(texts)
    for _ in range(int(updates)):
        update(model, optimiser, ids, torch.ones_like(ids))


def judge(steps, threads):
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    seen, bright = (torch.nn.EmbeddingBag(784, 128, mode="sum") for _ in range(2))
    rest = torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(128, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    bias = torch.nn.Parameter(torch.zeros(128))
    parameters = [*seen.parameters(), *bright.parameters(), *rest.parameters(), bias]
    optimiser = torch.optim.AdamW(parameters, lr=2e-3, fused=True)
    images = torch.rand(4000, 784)
    images[torch.rand(4000, 784) > 0.2] = 0.0
    # The places of every image's ink, and how many there are: pixels are drawn for a whole batch at once.
    counts = (images > 0).sum(1)
    inked = torch.argsort((images > 0).to(torch.int8), dim=1, descending=True, stable=True)
    labels = torch.randint(0, 10, (4000,))
    for _ in range(int(steps)):
        chosen = torch.randint(0, 4000, (128,))
        places = inked[chosen[:, None], (torch.rand(128, 6) * counts[chosen, None]).long()]
        values = images[chosen[:, None], places]
        logits = rest(seen(places) + bright(places, per_sample_weights=values) + bias)
        loss = torch.nn.functional.cross_entropy(logits, labels[chosen])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)


@torch.inference_mode()
def score(folder, rows, threads):
    torch.set_num_threads(int(threads))
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rows = [json.loads(line) for line in open(rows, encoding="utf-8")]
    for at in range(0, len(rows), 32):
        part = rows[at:at + 32]
        batch = tokenizer([it["prompt"] for it in part], [it["completion"] for it in part], padding=True, return_tensors="pt")
        model(**batch).logits.tolist()


def pairs(folder, data, updates, threads):
    torch.set_num_threads(int(threads))
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    model.config.pad_token_id = 0
    tokenizer = AutoTokenizer.from_pretrained(folder)
    optimiser = optimiser_of(model)
    rows = []
    for path in sorted(Path(data).glob("*.jsonl*")):
        opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
        rows += [json.loads(line) for line in opened]
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(1)).tolist()
    end = tokenizer.eos_token_id
    texts = [[(tokenizer(rows[at][side]).input_ids + [end])[-512:] for side in ("chosen", "rejected")] for at in order]
    for step in range(int(updates)):
        batch = [text for pair in texts[16 * step:16 * step + 16] for text in pair]
        longest = max(map(len, batch))
        ids = torch.zeros(len(batch), longest, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, text in enumerate(batch):
            ids[row, :len(text)], mask[row, :len(text)] = torch.tensor(text), 1
        update(model, optimiser, ids, mask)


{"make": make, "head": head, "train": train, "judge": judge, "score": score, "pairs": pairs}[sys.argv[1]](*sys.argv[2:])
