//! What checkpoints call their tensors, beside our module paths, and how each is laid out.

use std::collections::BTreeMap;
use std::path::Path;

use super::files::Array;
use super::wrong;
use crate::error::{Error, Result};
use crate::model::checkpoint::Weights;
use crate::model::transformer::{Architecture, Embeddings, Family};

/// A tensor in a checkpoint and here.
#[derive(Clone, Debug)]
pub(super) struct Name {
    /// In the checkpoint, below its prefix.
    pub theirs: String,
    /// The module path.
    pub ours: String,
    laid: Laid,
    /// Its shape here, where it is one tensor.
    shape: Vec<usize>,
}

/// How a tensor lies in a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Laid {
    /// As here.
    Same,
    /// A matrix as `[outputs, inputs]`, here `[inputs, outputs]`.
    Transposed,
    /// Queries, keys and values side by side along the last axis: GPT-2's.
    Three,
}

/// All tensors of an architecture.
pub(super) struct Layout<'a> {
    it: &'a Architecture,
}

impl<'a> Layout<'a> {
    pub fn of(it: &'a Architecture) -> Self {
        Self { it }
    }

    /// Those of the backbone.
    pub fn backbone(&self) -> Vec<Name> {
        let mut names = match self.it.family {
            Family::Bert => self.bert(),
            Family::Gpt2 => self.gpt2(),
            Family::Llama | Family::Qwen2 => self.llama(),
        };
        names.iter_mut().for_each(|name| name.ours = format!("backbone.{}", name.ours));
        names
    }

    /// Those of a classifier's head, the score first; whole names.
    pub fn head(&self, prefix: &str) -> Vec<Name> {
        let width = self.it.width;
        match self.it.family {
            Family::Bert => {
                let pooler = format!("{prefix}pooler.dense");
                [linear("classifier", "score", [width, 1], true), linear(&pooler, "pooler", [width, width], true)]
                    .concat()
            }
            _ => linear("score", "score", [width, 1], false),
        }
    }

    fn bert(&self) -> Vec<Name> {
        let (it, w) = (self.it, self.it.width);
        let mut names = vec![
            same("embeddings.word_embeddings.weight", "words.rows", &[it.vocabulary, w]),
            same("embeddings.position_embeddings.weight", "positions.rows", &[it.positions_max, w]),
            same("embeddings.token_type_embeddings.weight", "token_types.rows", &[it.token_types, w]),
        ];
        names.extend(norm("embeddings.LayerNorm", "embedding_norm", w, true));
        for block in 0..it.layers {
            let theirs = |part: &str| format!("encoder.layer.{block}.{part}");
            let ours = |part: &str| format!("blocks.{block}.{part}");
            for part in ["query", "key", "value"] {
                let (theirs, ours) = (theirs(&format!("attention.self.{part}")), ours(&format!("attention.{part}")));
                names.extend(linear(&theirs, &ours, [w, w], true));
            }
            names.extend(linear(&theirs("attention.output.dense"), &ours("attention.output"), [w, w], true));
            names.extend(norm(&theirs("attention.output.LayerNorm"), &ours("attention_norm"), w, true));
            names.extend(linear(&theirs("intermediate.dense"), &ours("feed_forward.up"), [w, it.inner], true));
            names.extend(linear(&theirs("output.dense"), &ours("feed_forward.down"), [it.inner, w], true));
            names.extend(norm(&theirs("output.LayerNorm"), &ours("feed_forward_norm"), w, true));
        }
        names
    }

    fn gpt2(&self) -> Vec<Name> {
        let (it, w) = (self.it, self.it.width);
        let mut names = vec![
            same("wte.weight", "words.rows", &[it.vocabulary, w]),
            same("wpe.weight", "positions.rows", &[it.positions_max, w]),
        ];
        for block in 0..it.layers {
            let theirs = |part: &str| format!("h.{block}.{part}");
            let ours = |part: &str| format!("blocks.{block}.{part}");
            names.push(Name {
                laid: Laid::Three,
                ..same(&theirs("attn.c_attn.weight"), &ours("attention.*.weight"), &[w, w])
            });
            names
                .push(Name { laid: Laid::Three, ..same(&theirs("attn.c_attn.bias"), &ours("attention.*.bias"), &[w]) });
            // These layers keep their matrices as `[inputs, outputs]`.
            for (part, own, dims) in [
                ("attn.c_proj", "attention.output", [w, w]),
                ("mlp.c_fc", "feed_forward.up", [w, it.inner]),
                ("mlp.c_proj", "feed_forward.down", [it.inner, w]),
            ] {
                names.push(same(&theirs(&format!("{part}.weight")), &ours(&format!("{own}.weight")), &dims));
                names.push(same(&theirs(&format!("{part}.bias")), &ours(&format!("{own}.bias")), &dims[1..]));
            }
            names.extend(norm(&theirs("ln_1"), &ours("attention_norm"), w, true));
            names.extend(norm(&theirs("ln_2"), &ours("feed_forward_norm"), w, true));
        }
        names.extend(norm("ln_f", "final_norm", w, true));
        names
    }

    fn llama(&self) -> Vec<Name> {
        let (it, w) = (self.it, self.it.width);
        let (queries, keys) = (it.heads * it.head_width, it.key_heads * it.head_width);
        let biased = it.family == Family::Qwen2;
        let mut names = vec![same("embed_tokens.weight", "words.rows", &[it.vocabulary, w])];
        for block in 0..it.layers {
            let theirs = |part: &str| format!("layers.{block}.{part}");
            let ours = |part: &str| format!("blocks.{block}.{part}");
            for (part, own, dims, biased) in [
                ("self_attn.q_proj", "attention.query", [w, queries], biased),
                ("self_attn.k_proj", "attention.key", [w, keys], biased),
                ("self_attn.v_proj", "attention.value", [w, keys], biased),
                ("self_attn.o_proj", "attention.output", [queries, w], false),
                ("mlp.gate_proj", "feed_forward.gate", [w, it.inner], false),
                ("mlp.up_proj", "feed_forward.up", [w, it.inner], false),
                ("mlp.down_proj", "feed_forward.down", [it.inner, w], false),
            ] {
                names.extend(linear(&theirs(part), &ours(own), dims, biased));
            }
            names.extend(norm(&theirs("input_layernorm"), &ours("attention_norm"), w, false));
            names.extend(norm(&theirs("post_attention_layernorm"), &ours("feed_forward_norm"), w, false));
        }
        names.extend(norm("norm", "final_norm", w, false));
        names
    }
}

fn same(theirs: &str, ours: &str, shape: &[usize]) -> Name {
    Name { theirs: theirs.to_owned(), ours: ours.to_owned(), laid: Laid::Same, shape: shape.to_vec() }
}

fn linear(theirs: &str, ours: &str, [inputs, outputs]: [usize; 2], biased: bool) -> Vec<Name> {
    let weight = Name {
        laid: Laid::Transposed,
        ..same(&format!("{theirs}.weight"), &format!("{ours}.weight"), &[inputs, outputs])
    };
    let bias = biased.then(|| same(&format!("{theirs}.bias"), &format!("{ours}.bias"), &[outputs]));
    std::iter::once(weight).chain(bias).collect()
}

fn norm(theirs: &str, ours: &str, width: usize, biased: bool) -> Vec<Name> {
    let gain = same(&format!("{theirs}.weight"), &format!("{ours}.gain"), &[width]);
    let bias = biased.then(|| same(&format!("{theirs}.bias"), &format!("{ours}.bias"), &[width]));
    std::iter::once(gain).chain(bias).collect()
}

impl Name {
    /// The same below a prefix.
    pub fn below(self, prefix: &str) -> Self {
        Self { theirs: format!("{prefix}{}", self.theirs), ..self }
    }

    /// Takes a checkpoint's tensor up, laid out as here.
    pub fn take(&self, folder: &Path, array: Array, weights: &mut Weights) -> Result<()> {
        let theirs = match self.laid {
            Laid::Same => self.shape.clone(),
            Laid::Transposed => self.shape.iter().rev().copied().collect(),
            Laid::Three => threefold(&self.shape),
        };
        if array.shape != theirs {
            let what = format!(
                "has `{}` of the shape {:?}, where its config.json makes it {theirs:?}",
                self.theirs, array.shape
            );
            return Err(wrong(folder, &what, "its files do not belong together: fetch them again"));
        }
        match self.laid {
            Laid::Same => {
                weights.insert(self.ours.clone(), (array.shape, array.values));
            }
            Laid::Transposed => {
                weights.insert(self.ours.clone(), (self.shape.clone(), transposed(&array.values, array.shape[0])));
            }
            Laid::Three => {
                for (part, values) in ["query", "key", "value"].into_iter().zip(cut_in_three(&array)) {
                    weights.insert(self.ours.replace('*', part), (self.shape.clone(), values));
                }
            }
        }
        Ok(())
    }

    /// Gives it out as a checkpoint has it.
    pub fn give(&self, weights: &Weights, arrays: &mut BTreeMap<String, Array>) -> Result<()> {
        let of = |path: &str| {
            weights.get(path).ok_or_else(|| Error::Bug(format!("a reward model to be exported has no weight `{path}`")))
        };
        let array = match self.laid {
            Laid::Same => {
                let (shape, values) = of(&self.ours)?;
                Array { shape: shape.clone(), values: values.clone() }
            }
            Laid::Transposed => {
                let (shape, values) = of(&self.ours)?;
                Array { shape: shape.iter().rev().copied().collect(), values: transposed(values, shape[0]) }
            }
            Laid::Three => {
                let parts = ["query", "key", "value"].map(|part| of(&self.ours.replace('*', part)));
                let [query, key, value] = parts;
                let row = *self.shape.last().unwrap_or(&1);
                let (query, key, value) = (&query?.1, &key?.1, &value?.1);
                let rows = query.chunks(row).zip(key.chunks(row)).zip(value.chunks(row));
                let values = rows.flat_map(|((q, k), v)| [q, k, v].concat()).collect();
                Array { shape: threefold(&self.shape), values }
            }
        };
        arrays.insert(self.theirs.clone(), array);
        Ok(())
    }
}

fn threefold(shape: &[usize]) -> Vec<usize> {
    let mut shape = shape.to_vec();
    if let Some(last) = shape.last_mut() {
        *last *= 3;
    }
    shape
}

fn cut_in_three(array: &Array) -> [Vec<f32>; 3] {
    let row = *array.shape.last().unwrap_or(&3);
    let part = row / 3;
    [0, 1, 2].map(|at| array.values.chunks(row).flat_map(|row| row[at * part..(at + 1) * part].to_vec()).collect())
}

/// A matrix of so many rows, its axes exchanged.
pub(super) fn transposed(values: &[f32], rows: usize) -> Vec<f32> {
    let columns = values.len() / rows.max(1);
    (0..columns).flat_map(|column| (0..rows).map(move |row| values[row * columns + column])).collect()
}

/// What a sequence classifier's backbone is called.
pub(super) fn own_prefix(it: &Architecture) -> &'static str {
    match it.family {
        Family::Bert => "bert.",
        Family::Gpt2 => "transformer.",
        Family::Llama | Family::Qwen2 => "model.",
    }
}

/// What the tensors of the backbone begin with in this checkpoint: nothing, where it holds a bare one.
pub(super) fn prefix(it: &Architecture, found: &BTreeMap<String, Array>) -> String {
    let own = own_prefix(it);
    if found.keys().any(|name| name.starts_with(own)) { own.to_owned() } else { String::new() }
}

/// Removes what is known and not needed: heads of other tasks, buffers, the language head where it is the table again.
pub(super) fn drop_harmless(it: &Architecture, found: &mut BTreeMap<String, Array>) {
    let known = ["cls.", "classifier.", "score.", "qa_outputs.", "dropout."];
    let buffers = ["position_ids", ".attn.bias", ".attn.masked_bias", "rotary_emb.inv_freq"];
    let own = own_prefix(it);
    found.retain(|name, _| {
        let bare = name.strip_prefix(own).unwrap_or(name);
        let is_known = known.iter().any(|head| name.starts_with(head)) || bare.starts_with("pooler.");
        let is_buffer = buffers.iter().any(|buffer| name.ends_with(buffer));
        !is_known && !is_buffer && name != "lm_head.weight"
    });
}

/// The language head of a checkpoint, where it has one of its own: its name and the module path.
pub(super) fn language(it: &Architecture) -> Option<Name> {
    let shape = [it.width, it.vocabulary];
    (it.embeddings == Embeddings::Untied)
        .then(|| Name { laid: Laid::Transposed, ..same("lm_head.weight", "backbone.language", &shape) })
}
