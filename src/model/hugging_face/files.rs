//! Safetensors files of a model: one, or shards with an index; floats of any width, read as 32 bits.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;

use super::wrong;
use crate::error::{Error, Result};

/// A tensor: its shape and values in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// All tensors of a folder by name.
pub(super) fn read(folder: &Path) -> Result<BTreeMap<String, Array>> {
    let mut arrays = BTreeMap::new();
    for path in places(folder)? {
        let bytes = fs::read(&path).map_err(|cause| Error::file("read", &path, cause))?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|cause| {
            let name = path.file_name().unwrap_or_default().display();
            wrong(folder, &format!("has a `{name}` that is broken: {cause}"), "fetch it again")
        })?;
        for (name, view) in tensors.iter() {
            // Counters and positions are no weights.
            if matches!(view.dtype(), Dtype::I64 | Dtype::I32 | Dtype::BOOL | Dtype::U8) && is_buffer(name) {
                continue;
            }
            arrays
                .insert(name.to_owned(), Array { shape: view.shape().to_vec(), values: floats(folder, name, &view)? });
        }
    }
    Ok(arrays)
}

fn is_buffer(name: &str) -> bool {
    ["position_ids", "token_type_ids", ".attn.bias", ".attn.masked_bias", "num_batches_tracked"]
        .iter()
        .any(|known| name.ends_with(known))
}

/// The one file, or the shards that an index names.
fn places(folder: &Path) -> Result<Vec<PathBuf>> {
    let one = folder.join("model.safetensors");
    if one.is_file() {
        return Ok(vec![one]);
    }
    let index = folder.join("model.safetensors.index.json");
    if !index.is_file() {
        let next = "weights are read from model.safetensors alone; convert the model's with transformers";
        return Err(wrong(folder, "has no model.safetensors", next));
    }
    let text = fs::read_to_string(&index).map_err(|cause| Error::file("read", &index, cause))?;
    let parsed: Option<Value> = serde_json::from_str(&text).ok();
    let map = parsed.as_ref().and_then(|index| index.get("weight_map")).and_then(Value::as_object);
    let Some(map) = map else {
        return Err(wrong(folder, "has an index without a `weight_map`", "fetch it again"));
    };
    let shards: BTreeSet<&str> = map.values().filter_map(Value::as_str).collect();
    let shards = shards.into_iter().map(|name| folder.join(name));
    shards
        .map(|path| match path.is_file() {
            true => Ok(path),
            false => {
                let name = path.file_name().unwrap_or_default().display();
                Err(wrong(folder, &format!("lacks the shard `{name}` that its index names"), "fetch it"))
            }
        })
        .collect()
}

fn floats(folder: &Path, name: &str, view: &TensorView<'_>) -> Result<Vec<f32>> {
    let data = view.data();
    let halves = || data.as_chunks::<2>().0.iter().map(|word| u16::from_le_bytes(*word));
    match view.dtype() {
        Dtype::F32 => Ok(data.as_chunks::<4>().0.iter().map(|word| f32::from_le_bytes(*word)).collect()),
        Dtype::F64 => Ok(data.as_chunks::<8>().0.iter().map(|word| f64::from_le_bytes(*word) as f32).collect()),
        Dtype::BF16 => Ok(halves().map(|bits| f32::from_bits(u32::from(bits) << 16)).collect()),
        Dtype::F16 => Ok(halves().map(from_half).collect()),
        other => {
            let what = format!("has `{name}` as {other:?}, which are no floats");
            Err(wrong(folder, &what, "quantised models are not read: take the original"))
        }
    }
}

/// IEEE 754 binary16, exactly.
fn from_half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    match exponent {
        0 => sign * fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        _ => sign * (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
    }
}

/// Writes tensors as a file that transformers takes for one of PyTorch's.
pub(super) fn write(path: &Path, arrays: &BTreeMap<String, Array>) -> Result<()> {
    let bytes: Vec<Vec<u8>> =
        arrays.values().map(|array| array.values.iter().flat_map(|value| value.to_le_bytes()).collect()).collect();
    let views = arrays.iter().zip(&bytes).map(|((name, array), bytes)| {
        TensorView::new(Dtype::F32, array.shape.clone(), bytes).map(|view| (name.as_str(), view))
    });
    let about = [("format".to_owned(), "pt".to_owned())].into();
    let file = views
        .collect::<std::result::Result<Vec<_>, _>>()
        .and_then(|views| safetensors::serialize(views, Some(about)))
        .map_err(|cause| Error::Bug(format!("arrays for `{}` have no valid form: {cause}", path.display())))?;
    fs::write(path, file).map_err(|cause| Error::file("write", path, cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_exact() {
        let known =
            [(0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_95), (0x0001, 5.960_464_5e-8), (0x7bff, 65504.0)];
        for (bits, wanted) in known {
            assert_eq!(from_half(bits), wanted);
        }
        assert_eq!(from_half(0x7c00), f32::INFINITY);
        assert!(from_half(0x7e00).is_nan());
    }
}
