"""Proves that an exported reward model is what transformers loads: no tensor is missing or left over, and scores are equal.

    tribunal export --model rm --out hf
    tribunal score --model rm --data pairs.jsonl > scores.jsonl
    python tests/scorer/check_export.py hf pairs.jsonl scores.jsonl [adapters BASE]

The rows are of plain texts: prompt, chosen, rejected. With a folder of adapters and their base, the same scores must come
from PEFT. Needs torch and transformers, and peft for adapters.
"""

import json
import sys

import torch
from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerFast

TOLERANCE = 1e-4


def ids(tokenizer, prompt, completion, causal):
    def of(text):
        return tokenizer(text, add_special_tokens=False)["input_ids"]

    def known(*names):
        found = [tokenizer.convert_tokens_to_ids(n) for n in names if n in tokenizer.get_vocab()]
        return found[:1]

    if causal:
        begin = tokenizer(prompt)["input_ids"]
        names = ["<|endoftext|>", "<|im_end|>", "<|end_of_text|>", "<|eot_id|>", "</s>", "<eos>"]
        # What pads ends no text: the class reads the score off the last token that is no padding.
        return begin + of(completion) + known(*[n for n in names if n != tokenizer.pad_token])
    end = known("<|endoftext|>", "[SEP]", "</s>")
    return known("<|start|>", "[CLS]", "<s>") + of(prompt) + end + of(completion) + end


def largest_difference(model, tokenizer, rows, scores):
    causal = model.config.model_type != "bert"
    largest = 0.0
    for row, scored in zip(rows, scores):
        for text, own in zip([row["chosen"], row["rejected"]], scored["scores"]):
            tokens = torch.tensor([ids(tokenizer, row["prompt"], text, causal)])
            with torch.no_grad():
                other = model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits[0, 0].item()
            largest = max(largest, abs(other - own))
    return largest


def main():
    folder, rows, scores = sys.argv[1:4]
    rows = [json.loads(line) for line in open(rows)]
    scores = [json.loads(line) for line in open(scores)]
    model, info = AutoModelForSequenceClassification.from_pretrained(folder, output_loading_info=True)
    odd = {k: v for k, v in info.items() if v and k in ("missing_keys", "unexpected_keys", "mismatched_keys")}
    assert not odd, odd
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    largest = largest_difference(model.eval(), tokenizer, rows, scores)
    print(f"{folder}: {len(rows)} rows, largest difference of a score {largest:.2e}")
    assert largest < TOLERANCE
    if len(sys.argv) > 4:
        from peft import PeftModel

        adapters, base = sys.argv[4:6]
        plain = AutoModelForSequenceClassification.from_pretrained(base, num_labels=1)
        plain.config.pad_token_id = model.config.pad_token_id
        largest = largest_difference(PeftModel.from_pretrained(plain, adapters).eval(), tokenizer, rows, scores)
        print(f"{adapters}: largest difference of a score {largest:.2e}")
        assert largest < TOLERANCE


if __name__ == "__main__":
    main()
