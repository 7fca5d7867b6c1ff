//! config.json: read as an architecture, every setting that would change what the model computes being known or refused.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::wrong;
use crate::error::{Error, Result};
use crate::model::transformer::{Activation, Architecture, Embeddings, Family};

/// Reads a folder's config.json.
pub(super) fn read(folder: &Path) -> Result<Architecture> {
    let path = folder.join("config.json");
    if !path.is_file() {
        let next = "name a folder with config.json, model.safetensors and tokenizer.json";
        return Err(Error::Usage(format!("there is no model at `{}`\n  {next}", folder.display())));
    }
    let text = fs::read_to_string(&path).map_err(|cause| Error::file("read", &path, cause))?;
    let config: Value = serde_json::from_str(&text)
        .map_err(|cause| wrong(folder, &format!("has a config.json that is no JSON: {cause}"), "fetch it again"))?;
    let config = Config { folder, config: &config };
    match config.text("model_type")? {
        Some("bert") => config.bert(),
        Some("gpt2") => config.gpt2(),
        Some("llama") => config.llama(Family::Llama),
        Some("qwen2") => config.llama(Family::Qwen2),
        Some(other) => {
            let next = "the types that are known are bert, gpt2, llama and qwen2";
            Err(wrong(folder, &format!("is of the type `{other}`"), next))
        }
        None => Err(wrong(folder, "does not say its type: config.json has no `model_type`", "fetch it again")),
    }
}

struct Config<'a> {
    folder: &'a Path,
    config: &'a Value,
}

impl Config<'_> {
    fn bert(&self) -> Result<Architecture> {
        self.only("position_embedding_type", &["absolute"])?;
        self.only_false(&["is_decoder", "add_cross_attention"])?;
        let (width, heads) = (self.whole("hidden_size", None)?, self.whole("num_attention_heads", None)?);
        self.checked(Architecture {
            family: Family::Bert,
            vocabulary: self.whole("vocab_size", None)?,
            width,
            layers: self.whole("num_hidden_layers", None)?,
            heads,
            key_heads: heads,
            head_width: width / heads.max(1),
            inner: self.whole("intermediate_size", None)?,
            positions_max: self.whole("max_position_embeddings", None)?,
            token_types: self.whole("type_vocab_size", Some(2))?,
            norm_epsilon: self.number("layer_norm_eps", 1e-12)?,
            rotary_base: 0.0,
            activation: self.activation("hidden_act", "gelu")?,
            embeddings: Embeddings::Tied,
        })
    }

    fn gpt2(&self) -> Result<Architecture> {
        self.only_false(&["scale_attn_by_inverse_layer_idx", "add_cross_attention"])?;
        if self.config.get("scale_attn_weights") == Some(&Value::Bool(false)) {
            return Err(self.unsupported("scale_attn_weights", "false"));
        }
        let (width, heads) = (self.whole("n_embd", None)?, self.whole("n_head", None)?);
        self.checked(Architecture {
            family: Family::Gpt2,
            vocabulary: self.whole("vocab_size", None)?,
            width,
            layers: self.whole("n_layer", None)?,
            heads,
            key_heads: heads,
            head_width: width / heads.max(1),
            inner: self.whole("n_inner", Some(4 * width))?,
            positions_max: self.whole("n_positions", None)?,
            token_types: 0,
            norm_epsilon: self.number("layer_norm_epsilon", 1e-5)?,
            rotary_base: 0.0,
            activation: self.activation("activation_function", "gelu_new")?,
            embeddings: Embeddings::Tied,
        })
    }

    fn llama(&self, family: Family) -> Result<Architecture> {
        self.only_false(&["attention_bias", "mlp_bias", "use_sliding_window"])?;
        self.only("hidden_act", &["silu"])?;
        let (width, heads) = (self.whole("hidden_size", None)?, self.whole("num_attention_heads", None)?);
        let tied = self.config.get("tie_word_embeddings").and_then(Value::as_bool).unwrap_or(false);
        self.checked(Architecture {
            family,
            vocabulary: self.whole("vocab_size", None)?,
            width,
            layers: self.whole("num_hidden_layers", None)?,
            heads,
            key_heads: self.whole("num_key_value_heads", Some(heads))?,
            head_width: self.whole("head_dim", Some(width / heads.max(1)))?,
            inner: self.whole("intermediate_size", None)?,
            positions_max: self.whole("max_position_embeddings", Some(2048))?,
            token_types: 0,
            norm_epsilon: self.number("rms_norm_eps", 1e-6)?,
            rotary_base: self.rotary_base()?,
            activation: Activation::Silu,
            embeddings: if tied { Embeddings::Tied } else { Embeddings::Untied },
        })
    }

    /// Newer files keep it in a table of its own.
    fn rotary_base(&self) -> Result<f64> {
        for name in ["rope_scaling", "rope_parameters"] {
            let Some(table) = self.config.get(name).filter(|value| !value.is_null()) else { continue };
            let kind = table.get("rope_type").or_else(|| table.get("type")).and_then(Value::as_str);
            if kind.is_some_and(|kind| kind != "default") || (kind.is_none() && table.get("factor").is_some()) {
                return Err(self.unsupported(name, &table.to_string()));
            }
            if let Some(base) = table.get("rope_theta").and_then(Value::as_f64) {
                return Ok(base);
            }
        }
        self.number("rope_theta", 10_000.0)
    }

    fn checked(&self, it: Architecture) -> Result<Architecture> {
        let divides = |part: usize, whole: usize| part > 0 && whole.is_multiple_of(part);
        if !divides(it.heads, it.width) || !divides(it.key_heads, it.heads) {
            let what = format!("has {} heads and {} key heads for a width of {}", it.heads, it.key_heads, it.width);
            return Err(wrong(self.folder, &what, "its config.json is broken, fetch it again"));
        }
        if self.config.get("quantization_config").is_some_and(|value| !value.is_null()) {
            return Err(self.unsupported("quantization_config", "a quantised model"));
        }
        Ok(it)
    }

    fn activation(&self, name: &str, usual: &str) -> Result<Activation> {
        match self.text(name)?.unwrap_or(usual) {
            "gelu" => Ok(Activation::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" => Ok(Activation::GeluTanh),
            other => Err(self.unsupported(name, other)),
        }
    }

    fn only(&self, name: &str, known: &[&str]) -> Result<()> {
        match self.text(name)? {
            Some(other) if !known.contains(&other) => Err(self.unsupported(name, other)),
            _ => Ok(()),
        }
    }

    fn only_false(&self, names: &[&str]) -> Result<()> {
        let set = names.iter().find(|name| self.config.get(**name) == Some(&Value::Bool(true)));
        set.map_or(Ok(()), |name| Err(self.unsupported(name, "true")))
    }

    fn unsupported(&self, name: &str, value: &str) -> Error {
        wrong(self.folder, &format!("sets `{name}` to {value}, which is not supported"), "choose another model")
    }

    fn text(&self, name: &str) -> Result<Option<&str>> {
        match self.config.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_str().map(Some).ok_or_else(|| self.odd(name, "a text")),
        }
    }

    fn whole(&self, name: &str, usual: Option<usize>) -> Result<usize> {
        match (self.config.get(name).filter(|value| !value.is_null()), usual) {
            (None, Some(usual)) => Ok(usual),
            (None, None) => Err(wrong(self.folder, &format!("has no `{name}` in its config.json"), "fetch it again")),
            (Some(value), _) => {
                value.as_u64().map(|value| value as usize).ok_or_else(|| self.odd(name, "a whole number"))
            }
        }
    }

    fn number(&self, name: &str, usual: f64) -> Result<f64> {
        match self.config.get(name).filter(|value| !value.is_null()) {
            None => Ok(usual),
            Some(value) => value.as_f64().ok_or_else(|| self.odd(name, "a number")),
        }
    }

    fn odd(&self, name: &str, wanted: &str) -> Error {
        wrong(self.folder, &format!("has a `{name}` in its config.json that is not {wanted}"), "fetch it again")
    }
}

/// The config.json of a sequence classifier with one score.
pub(super) fn written(it: &Architecture, padding: u32) -> Value {
    let mut config = match it.family {
        Family::Bert => json!({
            "model_type": "bert",
            "architectures": ["BertForSequenceClassification"],
            "hidden_size": it.width,
            "num_hidden_layers": it.layers,
            "num_attention_heads": it.heads,
            "intermediate_size": it.inner,
            "max_position_embeddings": it.positions_max,
            "type_vocab_size": it.token_types,
            "layer_norm_eps": it.norm_epsilon,
            "hidden_act": activation(it.activation),
            "hidden_dropout_prob": 0.0,
            "attention_probs_dropout_prob": 0.0,
        }),
        Family::Gpt2 => json!({
            "model_type": "gpt2",
            "architectures": ["GPT2ForSequenceClassification"],
            "n_embd": it.width,
            "n_layer": it.layers,
            "n_head": it.heads,
            "n_inner": it.inner,
            "n_positions": it.positions_max,
            "layer_norm_epsilon": it.norm_epsilon,
            "activation_function": activation(it.activation),
            "embd_pdrop": 0.0,
            "attn_pdrop": 0.0,
            "resid_pdrop": 0.0,
        }),
        Family::Llama | Family::Qwen2 => json!({
            "model_type": if it.family == Family::Llama { "llama" } else { "qwen2" },
            "architectures": [match it.family {
                Family::Llama => "LlamaForSequenceClassification",
                _ => "Qwen2ForSequenceClassification",
            }],
            "hidden_size": it.width,
            "num_hidden_layers": it.layers,
            "num_attention_heads": it.heads,
            "num_key_value_heads": it.key_heads,
            "head_dim": it.head_width,
            "intermediate_size": it.inner,
            "max_position_embeddings": it.positions_max,
            "rms_norm_eps": it.norm_epsilon,
            "rope_theta": it.rotary_base,
            "hidden_act": "silu",
            "tie_word_embeddings": it.embeddings == Embeddings::Tied,
        }),
    };
    let common = json!({
        "vocab_size": it.vocabulary,
        "pad_token_id": padding,
        "num_labels": 1,
        "id2label": { "0": "LABEL_0" },
        "label2id": { "LABEL_0": 0 },
        "problem_type": "regression",
        "torch_dtype": "float32",
    });
    if let (Value::Object(config), Value::Object(common)) = (&mut config, common) {
        config.extend(common);
    }
    config
}

fn activation(activation: Activation) -> &'static str {
    match activation {
        Activation::Gelu => "gelu",
        Activation::GeluTanh => "gelu_new",
        Activation::Silu => "silu",
    }
}
