//! Low-rank adapters in PEFT's layout: adapter_config.json and adapter_model.safetensors, beside the base model's folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::json;

use super::files::{self, Array};
use super::names::{own_prefix, transposed};
use super::write_json;
use crate::error::{Error, Result};
use crate::model::checkpoint::Weights;
use crate::model::scoring::adapters_of;
use crate::model::transformer::{Architecture, Family};

/// Writes the adapters and the head of a network with adapters.
///
/// # Errors
/// [`Error::Usage`] for GPT-2 types, whose checkpoints keep queries, keys and values in one matrix.
pub(crate) fn export_adapters(
    folder: &Path,
    base: &Path,
    architecture: &Architecture,
    (rank, alpha): (usize, f64),
    weights: &Weights,
) -> Result<()> {
    let theirs = |part: &str| match (architecture.family, part) {
        (Family::Bert, "output") => Some("attention.output.dense".to_owned()),
        (Family::Bert, part) => Some(format!("attention.self.{part}")),
        (Family::Llama | Family::Qwen2, "output") => Some("self_attn.o_proj".to_owned()),
        (Family::Llama | Family::Qwen2, part) => Some(format!("self_attn.{}_proj", &part[..1])),
        (Family::Gpt2, _) => None,
    };
    let prefix = format!("base_model.model.{}", own_prefix(architecture));
    let layers = if architecture.family == Family::Bert { "encoder.layer" } else { "layers" };
    let mut arrays = BTreeMap::new();
    for (path, down, up) in adapters_of(weights) {
        let parts: Vec<&str> = path.split('.').collect();
        let ["backbone", "blocks", block, "attention", part] = parts[..] else {
            return Err(Error::Bug(format!("an adapter stands beside `{path}`, which is no part of attention")));
        };
        let Some(name) = theirs(part) else {
            return Err(Error::Usage(
                "adapters of a GPT-2 type have no place in PEFT's layout: its checkpoints keep queries, keys and values in \
                 one matrix\n  export the merged model instead"
                    .into(),
            ));
        };
        for (side, (shape, values)) in [("lora_A", down), ("lora_B", up)] {
            let array = Array { shape: shape.iter().rev().copied().collect(), values: transposed(values, shape[0]) };
            arrays.insert(format!("{prefix}{layers}.{block}.{name}.{side}.weight"), array);
        }
    }
    let (modules, head) = match architecture.family {
        Family::Bert => (["query", "key", "value", "attention.output.dense"], "classifier"),
        _ => (["q_proj", "k_proj", "v_proj", "o_proj"], "score"),
    };
    let mut saved = vec![head];
    let mut give = |ours: &str, theirs: &str| {
        let Some((shape, values)) = weights.get(ours) else { return };
        let array = match shape[..] {
            [rows, _] => Array { shape: shape.iter().rev().copied().collect(), values: transposed(values, rows) },
            _ => Array { shape: shape.clone(), values: values.clone() },
        };
        arrays.insert(format!("base_model.model.{theirs}"), array);
    };
    give("score.weight", &format!("{head}.weight"));
    give("score.bias", &format!("{head}.bias"));
    if architecture.family == Family::Bert {
        give("pooler.weight", "bert.pooler.dense.weight");
        give("pooler.bias", "bert.pooler.dense.bias");
        saved.push("pooler");
    }
    fs::create_dir_all(folder).map_err(|cause| Error::file("create the folder", folder, cause))?;
    files::write(&folder.join("adapter_model.safetensors"), &arrays)?;
    let config = json!({
        "peft_type": "LORA",
        "task_type": "SEQ_CLS",
        "base_model_name_or_path": base,
        "r": rank,
        "lora_alpha": alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": modules,
        "modules_to_save": saved,
        "inference_mode": true,
    });
    write_json(&folder.join("adapter_config.json"), &config)
}
