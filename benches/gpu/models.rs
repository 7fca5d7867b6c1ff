//! Models of known types with random weights, as a folder that transformers reads too, and rows of words that are one token
//! each. Made here, so that a device is checked and measured where there is no Python.

use std::path::Path;

use rand::RngExt;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Map, Value, json};
use tribunal::stream::Stream;

use super::Outcome;

/// A standard deviation of 0.02 is what these types begin with; so wide are even draws of it.
const WIDEST: f32 = 0.02 * 3.464;

/// The type of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// GPT-2.
    Gpt2,
    /// Qwen2, with its words' table tied.
    Qwen2,
}

/// How a model is built.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Its type.
    pub kind: Kind,
    /// Tokens that it knows.
    pub vocabulary: usize,
    /// Units of a token, which are those of all heads.
    pub width: usize,
    /// Blocks.
    pub layers: usize,
    /// Heads of the queries.
    pub heads: usize,
    /// Heads of the keys and values.
    pub key_heads: usize,
    /// Units of a feed-forward layer.
    pub inner: usize,
}

/// Tokens that each of them can place.
const POSITIONS: usize = 1_024;

impl Model {
    /// GPT-2 small: 124 million weights.
    pub const GPT2: Self =
        Self { kind: Kind::Gpt2, vocabulary: 50_257, width: 768, layers: 12, heads: 12, key_heads: 12, inner: 3_072 };
    /// The shape of Qwen2-0.5B: 494 million weights.
    pub const QWEN2: Self =
        Self { kind: Kind::Qwen2, vocabulary: 151_936, width: 896, layers: 24, heads: 14, key_heads: 2, inner: 4_864 };

    /// With fewer blocks and words.
    pub const fn shortened(self, layers: usize, vocabulary: usize) -> Self {
        Self { layers, vocabulary, ..self }
    }

    /// A tiny one of that type.
    pub fn tiny(kind: Kind) -> Self {
        let key_heads = if kind == Kind::Gpt2 { 4 } else { 2 };
        Self { kind, vocabulary: 997, width: 64, layers: 2, heads: 4, key_heads, inner: 160 }
    }

    /// Weights of all matrices in the blocks.
    pub fn matrices(&self) -> usize {
        let (keys, products) = (self.width / self.heads * self.key_heads, if self.kind == Kind::Gpt2 { 2 } else { 3 });
        self.layers * (2 * self.width * (self.width + keys) + products * self.width * self.inner)
    }

    /// Writes it with weights drawn from a stream.
    pub fn write(&self, folder: &Path, stream: &Stream) -> Outcome<()> {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("config.json"), self.config().to_string())?;
        std::fs::write(folder.join("tokenizer.json"), self.tokenizer().to_string())?;
        let drawn: Vec<(String, Vec<usize>, Vec<u8>)> = self
            .tensors()
            .into_iter()
            .map(|(name, shape)| {
                let (mut rng, middle) = (stream.named(&name).rng(), if is_gain(&name) { 1.0 } else { 0.0 });
                let draw = |_| bfloat16(middle + WIDEST * (rng.random::<f32>() - 0.5));
                let values = (0..shape.iter().product::<usize>()).flat_map(draw).collect();
                (name, shape, values)
            })
            .collect();
        let views = drawn
            .iter()
            .map(|(name, shape, bytes)| TensorView::new(Dtype::BF16, shape.clone(), bytes).map(|view| (name, view)))
            .collect::<Result<Vec<_>, _>>()?;
        let about = [("format".to_owned(), "pt".to_owned())].into();
        Ok(safetensors::serialize_to_file(views, Some(about), &folder.join("model.safetensors"))?)
    }

    fn config(&self) -> Value {
        let Self { vocabulary, width, layers, heads, key_heads, inner, .. } = self;
        let common = json!({
            "vocab_size": vocabulary, "pad_token_id": 0, "bos_token_id": null, "eos_token_id": null, "num_labels": 1,
            "id2label": { "0": "LABEL_0" }, "label2id": { "LABEL_0": 0 }, "dtype": "bfloat16",
        });
        let own = match self.kind {
            Kind::Gpt2 => json!({
                "model_type": "gpt2", "n_embd": width, "n_layer": layers, "n_head": heads, "n_inner": inner,
                "n_positions": POSITIONS, "resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0,
            }),
            Kind::Qwen2 => json!({
                "model_type": "qwen2", "hidden_size": width, "num_hidden_layers": layers, "num_attention_heads": heads,
                "num_key_value_heads": key_heads, "intermediate_size": inner, "max_position_embeddings": POSITIONS,
                "tie_word_embeddings": true,
            }),
        };
        let parts =
            [common, own].into_iter().filter_map(|part| if let Value::Object(it) = part { Some(it) } else { None });
        Value::Object(parts.flatten().collect())
    }

    /// A token each for `w0`, `w1` and so on; the last is the closing one.
    fn tokenizer(&self) -> Value {
        let end = self.vocabulary - 1;
        let words: Map<String, Value> = (0..end)
            .map(|id| (format!("w{id}"), id.into()))
            .chain([("<|endoftext|>".to_owned(), end.into())])
            .collect();
        json!({
            "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null, "decoder": null,
            "added_tokens": [{ "id": end, "content": "<|endoftext|>", "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true }],
            "pre_tokenizer": { "type": "WhitespaceSplit" },
            "model": { "type": "WordLevel", "vocab": words, "unk_token": "w0" },
        })
    }

    /// So many random words.
    pub fn words(&self, stream: &Stream, count: usize) -> String {
        // Neither the first, which for transformers is padding, nor the closing one.
        let among = (self.vocabulary - 2) as f64;
        let word = |at: usize| format!("w{}", 1 + (stream.index(at as u64).uniform() * among) as usize);
        (0..count).map(word).collect::<Vec<_>>().join(" ")
    }

    /// What transformers calls its tensors, and their shapes there.
    fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let (width, inner, keys) = (self.width, self.inner, self.width / self.heads * self.key_heads);
        let mut all = vec![("score.weight".to_owned(), vec![1, width])];
        let mut add = |name: String, shape: &[usize]| all.push((name, shape.to_vec()));
        match self.kind {
            Kind::Gpt2 => {
                add("transformer.wte.weight".into(), &[self.vocabulary, width]);
                add("transformer.wpe.weight".into(), &[POSITIONS, width]);
                let layer = |at: usize, part: &str| format!("transformer.h.{at}.{part}");
                for (at, end) in (0..self.layers).flat_map(|at| [(at, "weight"), (at, "bias")]) {
                    add(layer(at, &format!("ln_1.{end}")), &[width]);
                    add(layer(at, &format!("ln_2.{end}")), &[width]);
                    for (part, [inputs, outputs]) in [
                        ("attn.c_attn", [width, 3 * width]),
                        ("attn.c_proj", [width, width]),
                        ("mlp.c_fc", [width, inner]),
                        ("mlp.c_proj", [inner, width]),
                    ] {
                        let shape = [inputs, outputs];
                        add(layer(at, &format!("{part}.{end}")), if end == "bias" { &shape[1..] } else { &shape });
                    }
                }
                add("transformer.ln_f.weight".into(), &[width]);
                add("transformer.ln_f.bias".into(), &[width]);
            }
            Kind::Qwen2 => {
                add("model.embed_tokens.weight".into(), &[self.vocabulary, width]);
                let layer = |at: usize, part: &str| format!("model.layers.{at}.{part}");
                for at in 0..self.layers {
                    add(layer(at, "input_layernorm.weight"), &[width]);
                    add(layer(at, "post_attention_layernorm.weight"), &[width]);
                    for (part, outputs) in [("q", width), ("k", keys), ("v", keys)] {
                        add(layer(at, &format!("self_attn.{part}_proj.weight")), &[outputs, width]);
                        add(layer(at, &format!("self_attn.{part}_proj.bias")), &[outputs]);
                    }
                    add(layer(at, "self_attn.o_proj.weight"), &[width, width]);
                    add(layer(at, "mlp.gate_proj.weight"), &[inner, width]);
                    add(layer(at, "mlp.up_proj.weight"), &[inner, width]);
                    add(layer(at, "mlp.down_proj.weight"), &[width, inner]);
                }
                add("model.norm.weight".into(), &[width]);
            }
        }
        all
    }
}

fn is_gain(name: &str) -> bool {
    name.ends_with("norm.weight") || (name.contains(".ln_") && name.ends_with(".weight"))
}

fn bfloat16(value: f32) -> [u8; 2] {
    ((value.to_bits() >> 16) as u16).to_le_bytes()
}
