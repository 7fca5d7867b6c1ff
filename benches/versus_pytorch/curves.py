"""Learning curves of Tribunal and of PyTorch from the same weights: held-out accuracy and time, by rows and by width.

The texts are HH-RLHF's. Its own labels cannot be learned from 2,000 rows and nothing (both sides stay at chance), so the better
text of a pair is the one that a rule says: common words are good or bad by lot, and the text whose words are better on average wins.

    cargo build --release
    python3 benches/versus_pytorch/curves.py --out benches/versus_pytorch/results     # needs torch, transformers and matplotlib

Each point is a few trainings of one epoch, a seed each, from a Llama type's random weights, made by Tribunal for both, on the same
rows, with the same batches of 16 pairs' worth of updates, course of the learning rate and optimiser; what differs is the order of
the rows and what is computed by. Before training both must give the same scores. The time is that of training alone, without its
first update: a run with one update is taken off. Writes `curves.csv`, a line for each training, and `curves.svg`.
"""

import argparse
import csv
import gzip
import json
import math
import os
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

BATCH = 16
TOKENS_MAX = 256
RATE = 3e-4
# Pairs whose scores are compared before any training.
FIRST = 8


def rows_of(folder):
    """Pairs of real texts, the better one by a rule over their most common words."""
    rows = []
    for path in sorted(Path(folder).glob("*.jsonl.gz")):
        rows += [json.loads(line) for line in gzip.open(path, "rt", encoding="utf-8")]
    words = lambda text: re.findall(r"[a-z']+", text.lower())
    counts = Counter(word for row in rows for side in ("chosen", "rejected") for word in words(row[side]))
    good = {word: 1 if hash_of(word) < "8" else -1 for word, _ in counts.most_common(200)}
    # Both texts of a pair begin alike, so what differs is the last answer.
    mean = lambda text: statistics.mean(good.get(word, 0) for word in words(text[-400:]) or ["?"])
    marked = [(mean(row["chosen"]), mean(row["rejected"]), row["chosen"][-400:], row["rejected"][-400:]) for row in rows]
    both = [(one, other) if first > second else (other, one) for first, second, one, other in marked if first != second]
    return [{"chosen": f" {better}", "rejected": f" {worse}"} for better, worse in both]


def learning_rate(step, steps):
    rising = max(int(steps * 0.05), 1)
    if step < rising:
        return RATE * (step + 1) / rising
    done = min((step - rising) / max(steps - rising, 1), 1.0)
    return RATE * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * done)))


def theirs(folder, train, held_out, steps_max, seed):
    """Prints the first scores, the seconds of a training without its first update, and its held-out accuracy."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    model.config.pad_token_id = 0
    tokenizer = AutoTokenizer.from_pretrained(folder)
    end = tokenizer.eos_token_id
    read = lambda path: [json.loads(line) for line in open(path, encoding="utf-8")]
    # Prompt and completion are cut into tokens apart, as Tribunal does it.
    cut = lambda row, side: (tokenizer(row["prompt"]).input_ids + tokenizer(row[side]).input_ids + [end])[-TOKENS_MAX:]
    texts_of = lambda path: [[cut(row, side) for side in ("chosen", "rejected")] for row in read(path)]
    train, held_out = texts_of(train), texts_of(held_out)
    order = torch.randperm(len(train), generator=torch.Generator().manual_seed(int(seed))).tolist()
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=RATE, fused=True)

    def scores(batch):
        longest = max(map(len, batch))
        ids = torch.zeros(len(batch), longest, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, text in enumerate(batch):
            ids[row, :len(text)], mask[row, :len(text)] = torch.tensor(text), 1
        return model(input_ids=ids, attention_mask=mask, use_cache=False).logits.flatten()

    with torch.inference_mode():
        first = scores([text for pair in held_out[:FIRST] for text in pair]).tolist()
    steps = math.ceil(len(train) / BATCH)
    begun = time.perf_counter()
    for step in range(min(steps, int(steps_max))):
        if step == 1:
            begun = time.perf_counter()
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, steps)
        found = scores([text for at in order[BATCH * step:BATCH * (step + 1)] for text in train[at]])
        torch.nn.functional.softplus(found[1::2] - found[0::2]).mean().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    wall = time.perf_counter() - begun
    right = 0.0
    with torch.inference_mode():
        for at in range(0, len(held_out), BATCH):
            found = scores([text for pair in held_out[at:at + BATCH] for text in pair])
            right += (found[0::2] > found[1::2]).sum().item()
    print(json.dumps({"first": first, "wall_s": wall, "accuracy": right / len(held_out)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tribunal", default="target/release/tribunal")
    parser.add_argument("--data", default="../shared/data/hh_rlhf")
    parser.add_argument("--out", type=Path, default=Path("benches/versus_pytorch/results"))
    parser.add_argument("--rows", type=int, nargs="+", default=[250, 500, 1000, 2000])
    parser.add_argument("--widths", type=int, nargs="+", default=[32, 64, 128, 256])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--folder", type=Path, default=Path("/tmp/tribunal-curves"))
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    args.out.mkdir(parents=True, exist_ok=True)
    all_rows = rows_of(args.data)
    held_out, rest = all_rows[::5][:800], [row for at, row in enumerate(all_rows) if at % 5]
    # Rows of both parts of the data, in an order that has nothing to do with it.
    rest.sort(key=lambda row: hash_of(row["chosen"]))
    write(args.folder / "held_out.jsonl", held_out)
    args.rows = sorted({min(count, len(rest)) for count in args.rows})
    middle = args.widths[len(args.widths) // 2]
    points = [("rows", count, middle) for count in args.rows] + [("width", args.rows[-1], width) for width in args.widths]
    done = {}
    for axis, count, width in points:
        if (count, width) not in done:
            done[count, width] = [point(args, rest[:count], width, seed) for seed in args.seeds]
        for who in ("tribunal", "pytorch"):
            walls, shares = zip(*(of[who] for of in done[count, width]))
            print(f"{axis:<6} {count:>5} rows, width {width:>4}: {who:<8} {statistics.median(walls):>7.1f} s, "
                  f"{100 * statistics.mean(shares):.1f}% of {len(held_out)} ({100 * min(shares):.1f} to {100 * max(shares):.1f})",
                  flush=True)
    with open(args.out / "curves.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["axis", "rows", "width", "by", "seed", "train_s", "accuracy", "n"])
        for axis, count, width in points:
            for seed, of in zip(args.seeds, done[count, width]):
                for who, (wall, accuracy) in of.items():
                    table.writerow([axis, count, width, who, seed, f"{wall:.2f}", f"{accuracy:.4f}", len(held_out)])
    plot(args.out, points, done, len(held_out))


def plot(out, points, done, n):
    """Mean held-out accuracy against median seconds of training, a panel for each axis, with a dot for each seed."""
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot, ticker

    figure, panels = pyplot.subplots(1, 2, figsize=(10, 4.2), sharey=True, layout="constrained")
    for panel, axis, title in zip(panels, ["rows", "width"], ["more rows, width {0}", "wider models, {1:,} rows"]):
        own = [(count, width) for of, count, width in points if of == axis]
        for who, colour, marker in [("tribunal", "#0072b2", "o"), ("pytorch", "#d55e00", "s")]:
            of = [list(zip(*(seed[who] for seed in done[at]))) for at in own]
            walls, shares = [statistics.median(walls) for walls, _ in of], [statistics.mean(shares) for _, shares in of]
            panel.plot(walls, shares, color=colour, marker=marker, label=who, linewidth=1.2)
            for wall, (_, found) in zip(walls, of):
                panel.plot([wall] * len(found), found, color=colour, marker=".", markersize=4, linestyle="none", alpha=0.5)
            for wall, share, at in zip(walls, shares, own):
                panel.annotate(f"{at[axis == 'width']:,}", (wall, share), xytext=(4, 6), textcoords="offset points", fontsize=8)
        panel.axhline(0.5, color="#999", linewidth=0.8, linestyle="--")
        panel.set(xscale="log", xlabel="seconds of training", title=title.format(own[0][1], own[-1][0]))
        panel.margins(x=0.12)
        panel.set_xticks([at for at in (1, 2, 5, 10, 20, 50, 100, 200, 500) if panel.get_xlim()[0] <= at <= panel.get_xlim()[1]])
        panel.xaxis.set_major_formatter(ticker.ScalarFormatter())
        panel.xaxis.set_minor_formatter(ticker.NullFormatter())
        panel.legend(loc="lower right")
    panels[0].set_ylabel(f"held-out accuracy (n = {n}; dots: seeds)")
    figure.savefig(out / "curves.svg", metadata={"Date": None})


def hash_of(text):
    import hashlib
    return hashlib.sha256(text.encode()).hexdigest()


def write(path, rows):
    path.write_text("".join(json.dumps({"prompt": "Text:", **row}) + "\n" for row in rows))


def point(args, rows, width, seed):
    """Seconds and held-out accuracy, here and there."""
    folder = args.folder / f"{len(rows)}-{width}-{time.time_ns()}"
    folder.mkdir()
    write(folder / "train.jsonl", rows)
    held_out = args.folder / "held_out.jsonl"
    common = ["--tokens-max", TOKENS_MAX, "--batch-size", BATCH, "--microbatch", BATCH, "--threads", args.threads, "--seed", seed,
              "--set", f"schedule.learning_rate={RATE}", "--set", "schedule.validations=1"]
    data = ["--data", folder / "train.jsonl"]

    def train(out, evaluated, *more):
        return timed([args.tribunal, "train", "reward", *data, "--eval", evaluated, "--out", out, *common, *more])

    one = folder / "one.jsonl"
    write(one, rows[:1])
    shape = [item for key in (f"width={width}", "layers=2", "heads=4", "tokens.bpe=4096")
             for item in ("--set", f"backbone.decoder.{key}")]
    train(folder / "first", one, *shape, "--set", "schedule.steps_max=1", "--set", "schedule.learning_rate=1e-12")
    timed([args.tribunal, "export", "--model", folder / "first", "--out", folder / "model"])
    base = ["--base", folder / "model"]
    little, _ = train(folder / "little", one, *base, "--set", "schedule.steps_max=1")
    much, _ = train(folder / "much", one, *base)

    def scored(model):
        _, told = timed([args.tribunal, "score", "--model", folder / model, "--data", held_out])
        return [json.loads(line)["scores"] for line in told.splitlines()]

    found = scored("much")
    ours = much - little, sum(chosen > rejected for chosen, rejected in found) / len(found)
    env = {**os.environ, "OMP_NUM_THREADS": str(args.threads), "TOKENIZERS_PARALLELISM": "false"}
    theirs = [sys.executable, __file__, "theirs", folder / "model", folder / "train.jsonl", held_out, 1000000, seed]
    told = json.loads(timed(theirs, env)[1].splitlines()[-1])
    apart = max(abs(own - other) for own, other in zip([it for pair in scored("first")[:FIRST] for it in pair], told["first"]))
    if apart > 1e-4:
        sys.exit(f"the same weights score the same texts differently, by {apart}: the two trainings can't be compared")
    return {"tribunal": ours, "pytorch": (told["wall_s"], told["accuracy"])}


def timed(command, env=None):
    """Seconds of a program, and what it printed."""
    begun = time.perf_counter()
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=env)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr[-3000:]}")
    return time.perf_counter() - begun, done.stdout


theirs(*sys.argv[2:]) if sys.argv[1:2] == ["theirs"] else main()
