//! Against transformers: `tests/scorer/make_fixtures.py` wrote the models and what they give.

use std::path::PathBuf;

use burn::backend::Flex;
use serde::Deserialize;

use super::*;
use crate::model::arithmetic::{Arithmetic, Heads};
use crate::model::checkpoint::{weights_of, with_weights};
use crate::model::optim::values;
use crate::model::scoring::ScoreNetwork;
use crate::model::transformer::{Layout, Padding, TokenBatch};

const KINDS: [&str; 4] = ["bert", "gpt2", "llama", "qwen2"];

#[derive(Deserialize)]
struct Expected {
    row: Vec<u32>,
    score: f32,
    hidden: Vec<Vec<f32>>,
}

fn fixture(kind: &str) -> PathBuf {
    Path::new("tests/data/scorer").join(kind)
}

fn network(pretrained: &Pretrained) -> ScoreNetwork<Flex> {
    let pooling = pretrained.head.pooling().unwrap();
    with_weights(ScoreNetwork::zeros(&pretrained.architecture, pooling, &Default::default()), &pretrained.weights)
        .unwrap()
}

fn assert_close(found: &[f32], wanted: &[f32], what: &str) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    let largest = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
    assert!(largest < 1e-4, "{what}: off by {largest}");
}

/// How blocks are computed.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// As the processor does it.
    Fused,
    /// By plain operations: with heads together, as a GPU does it.
    Plain(Heads),
}

#[test]
fn hidden_states_and_scores_are_those_of_transformers() {
    for kind in KINDS {
        let network = network(&load(&fixture(kind)).unwrap());
        let text = fs::read_to_string(fixture(kind).join("expected.json")).unwrap();
        let expected: Vec<Expected> = serde_json::from_str(&text).unwrap();
        let rows: Vec<&[u32]> = expected.iter().map(|it| it.row.as_slice()).collect();
        let each = [Padding::Left, Padding::Right].into_iter();
        let ways = [Way::Fused, Way::Plain(Heads::Apart), Way::Plain(Heads::Together)];
        for (padding, way) in each.flat_map(|it| ways.map(|way| (it, way))) {
            let heads = if let Way::Plain(heads) = way { heads } else { Heads::default() };
            let arithmetic = Arithmetic { heads, ..Default::default() };
            let layout = Layout { length: 9, rows: 6, padding, sight: network.backbone.sight, arithmetic };
            let batch = TokenBatch::of(&rows, &layout, &Default::default());
            let hidden = match way {
                Way::Fused => network.backbone.hidden(&batch),
                Way::Plain(_) => network.backbone.plain_hidden(&batch),
            };
            let scores = values(network.pooled_scores(hidden.clone(), &batch));
            let hidden = values(hidden);
            for (at, it) in expected.iter().enumerate() {
                let first = at * 9 + if padding == Padding::Left { 9 - it.row.len() } else { 0 };
                let own = &hidden[first * 16..(first + it.row.len()) * 16];
                assert_close(
                    own,
                    &it.hidden.concat(),
                    &format!("{kind}, {padding:?}, {way:?}, hidden states of row {at}"),
                );
                assert_close(
                    &scores[at..=at],
                    &[it.score],
                    &format!("{kind}, {padding:?}, {way:?}, score of row {at}"),
                );
            }
        }
    }
}

#[test]
fn what_is_written_is_read_back() {
    for kind in KINDS {
        let read = load(&fixture(kind)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens { json: "{}", padding: 0, padding_token: "<|padding|>", ending_token: None };
        let weights = weights_of(&network(&read));
        export(folder.path(), &read.architecture, read.head.pooling().unwrap(), &weights, &tokens).unwrap();
        let again = load(folder.path()).unwrap();
        assert_eq!(again.architecture, read.architecture, "{kind}");
        assert_eq!(again.weights, read.weights, "{kind}");
    }
}

#[test]
fn a_score_read_off_elsewhere_has_no_class() {
    let read = load(&fixture("llama")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tokens = Tokens { json: "{}", padding: 0, padding_token: "", ending_token: None };
    let error = export(folder.path(), &read.architecture, Pooling::Mean, &read.weights, &tokens).unwrap_err();
    assert!(error.to_string().contains("no class in transformers"), "{error}");
}

/// A copy of a fixture, one thing of it changed.
fn spoilt(kind: &str, change: impl FnOnce(&mut Value, &mut BTreeMap<String, files::Array>)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(fixture(kind).join("config.json")).unwrap();
    let mut config: Value = serde_json::from_str(&text).unwrap();
    let mut arrays = files::read(&fixture(kind)).unwrap();
    change(&mut config, &mut arrays);
    write_json(&folder.path().join("config.json"), &config).unwrap();
    files::write(&folder.path().join("model.safetensors"), &arrays).unwrap();
    load(folder.path()).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let missing = spoilt("llama", |_, arrays| drop(arrays.remove("model.norm.weight")));
    assert!(missing.contains("lacks `model.norm.weight`"), "{missing}");
    let extra = spoilt("llama", |_, arrays| {
        let array = arrays["model.norm.weight"].clone();
        arrays.insert("model.layers.0.extra.weight".into(), array);
    });
    assert!(extra.contains("no part of it uses: `model.layers.0.extra.weight`"), "{extra}");
    let shape = spoilt("gpt2", |config, _| config["n_positions"] = 20.into());
    assert!(shape.contains("`wpe.weight`") && shape.contains("[20, 16]"), "{shape}");
    let kind = spoilt("bert", |config, _| config["model_type"] = "t5".into());
    assert!(kind.contains("type `t5`"), "{kind}");
    let scaled = spoilt("llama", |config, _| {
        config["rope_parameters"] = json!({ "rope_type": "linear", "factor": 2.0 });
        config["rope_scaling"] = Value::Null;
    });
    assert!(scaled.contains("rope_parameters"), "{scaled}");
    let heads = spoilt("llama", |config, _| config["num_key_value_heads"] = 3.into());
    assert!(heads.contains("3 key heads"), "{heads}");
    let absent = spoilt("qwen2", |config, _| drop(config.as_object_mut().unwrap().remove("hidden_size")));
    assert!(absent.contains("no `hidden_size`"), "{absent}");
}

#[test]
fn a_folder_that_is_no_model_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = || load(folder.path()).map(|_| ()).unwrap_err().to_string();
    assert!(refusal().contains("there is no model at"));
    fs::write(folder.path().join("config.json"), "{").unwrap();
    assert!(refusal().contains("no JSON"));
    fs::copy(fixture("bert").join("config.json"), folder.path().join("config.json")).unwrap();
    assert!(refusal().contains("has no model.safetensors"));
    fs::write(folder.path().join("model.safetensors.index.json"), r#"{"weight_map": {"a": "one.safetensors"}}"#)
        .unwrap();
    assert!(refusal().contains("lacks the shard `one.safetensors`"));
    fs::write(folder.path().join("one.safetensors"), "not tensors").unwrap();
    assert!(refusal().contains("broken"));
}

#[test]
fn whole_numbers_are_no_weights() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(fixture("bert").join("config.json"), folder.path().join("config.json")).unwrap();
    let bytes = 7i64.to_le_bytes();
    let view = safetensors::tensor::TensorView::new(safetensors::Dtype::I64, vec![1], &bytes).unwrap();
    let file = safetensors::serialize([("bert.encoder.layer.0.output.dense.weight", view)], None).unwrap();
    fs::write(folder.path().join("model.safetensors"), file).unwrap();
    let error = load(folder.path()).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("I64") && error.contains("dense.weight"), "{error}");
}

/// The real encoder, where `TRIBUNAL_MINILM` names its folder.
#[test]
fn a_pretrained_encoder_is_read() {
    let Some(folder) = std::env::var_os("TRIBUNAL_MINILM") else {
        eprintln!("passed over: TRIBUNAL_MINILM names no folder with all-MiniLM-L6-v2");
        return;
    };
    let read = load(Path::new(&folder)).unwrap();
    assert_eq!((read.architecture.width, read.architecture.layers, read.architecture.family), (384, 6, Family::Bert));
    assert_eq!(read.head, Head::None);
}
