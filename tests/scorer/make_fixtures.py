"""Makes the fixtures of `src/model/hugging_face/tests.rs`: small random classifiers of every family that is read, with the
hidden states and scores that transformers computes for a few rows of tokens.

    python tests/scorer/make_fixtures.py tests/data/scorer

Needs torch, transformers and tokenizers. Run once; what it wrote is kept, so that tests need none of them.
"""

import json
import pathlib
import string
import sys

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    GPT2Config,
    GPT2ForSequenceClassification,
    LlamaConfig,
    LlamaForSequenceClassification,
    Qwen2Config,
    Qwen2ForSequenceClassification,
)

VOCABULARY = 48
ROWS = [[5, 9, 11], [7, 3, 44, 2, 8, 30, 12], [1], [20, 21, 22, 23, 24]]


def tokenizer(folder):
    # What English is mostly made of; other bytes are passed over.
    alphabet = ("\u0120" + string.ascii_lowercase + ".,?!'" + string.ascii_uppercase)[: VOCABULARY - 2]
    vocab = {"<|padding|>": 0, "<|endoftext|>": 1, **{c: i + 2 for i, c in enumerate(alphabet)}}
    made = Tokenizer(models.BPE(vocab=vocab, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(["<|padding|>", "<|endoftext|>"])
    made.save(str(folder / "tokenizer.json"))


def made(kind):
    common = dict(vocab_size=VOCABULARY, num_labels=1, pad_token_id=0)
    if kind == "bert":
        return BertForSequenceClassification(
            BertConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24,
                       max_position_embeddings=16, **common))
    if kind == "gpt2":
        return GPT2ForSequenceClassification(
            GPT2Config(n_embd=16, n_layer=2, n_head=4, n_positions=16, **common))
    llama = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
                 intermediate_size=24, max_position_embeddings=16, **common)
    if kind == "llama":
        return LlamaForSequenceClassification(LlamaConfig(rope_theta=500.0, **llama))
    return Qwen2ForSequenceClassification(Qwen2Config(**llama))


def main(root):
    for kind in ["bert", "gpt2", "llama", "qwen2"]:
        torch.manual_seed(7)
        model = made(kind).eval()
        with torch.no_grad():
            # The usual initial weights are so small that every score would be alike, and biases are zero.
            for name, weight in model.named_parameters():
                gain = "norm" in name.lower() or "ln_" in name
                weight.add_(torch.randn_like(weight) * (0.1 if gain else 0.3))
        folder = root / kind
        folder.mkdir(parents=True, exist_ok=True)
        # One of them in shards.
        model.save_pretrained(folder, max_shard_size="6KB" if kind == "qwen2" else "1GB")
        tokenizer(folder)
        expected = []
        for row in ROWS:
            ids = torch.tensor([row])
            with torch.no_grad():
                score = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, 0].item()
                hidden = model.base_model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0]
            expected.append({"row": row, "score": score, "hidden": hidden.tolist()})
        (folder / "expected.json").write_text(json.dumps(expected))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
