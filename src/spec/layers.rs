//! Layering: `extends`, then the file, then each `--set a.b=value`; a later layer wins key by key.

use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::source::{Entry, Node, Value};
use crate::error::{Error, Result};

/// The file's name inside an experiment's folder.
const FILE_NAME: &str = "experiment.toml";

/// The tables whose one key names a kind: a layer that names another kind replaces the table, instead of adding to it.
/// `*` stands for any name.
const KINDS: [&[&str]; 6] = [
    &["task"],
    &["tasks", "*"],
    &["helpers", "*"],
    &["arms", "*", "strategy"],
    &["backbone"],
    &["objective", "labels"],
];

/// Reads an experiment file (or the one in a folder) with all it extends, and lays the arguments over it.
pub(super) fn merged(path: &Path, settings: &[String]) -> Result<Node> {
    laid_over(with_base(&file_of(path)?, &mut Vec::new())?, settings)
}

/// Lays arguments over settings that are no experiment.
pub(super) fn laid_over(mut node: Node, settings: &[String]) -> Result<Node> {
    for setting in settings {
        lay(&mut node, argument(setting)?, &mut Vec::new());
    }
    Ok(node)
}

/// Where several tasks are named and none is given apart, the first stands where a lone one would.
pub(super) fn first_task(node: &mut Node) {
    if node.entry("task").is_some() {
        return;
    }
    let Some(Value::Table(tasks)) = node.entry("tasks").map(|tasks| &tasks.node.value) else { return };
    let first = tasks.first().map(|first| Entry { key: "task".to_owned(), ..first.clone() });
    if let Value::Table(entries) = &mut node.value {
        entries.extend(first);
    }
}

/// The experiment file that a path means.
fn file_of(path: &Path) -> Result<PathBuf> {
    let file = if path.is_dir() { path.join(FILE_NAME) } else { path.to_owned() };
    if file.is_file() {
        return Ok(file);
    }
    let next = match path.is_dir() {
        true => format!("write its {FILE_NAME}, or name another folder"),
        false => "name an experiment file or its folder; `tribunal list experiments` shows those here".to_owned(),
    };
    Err(Error::Usage(format!("there is no experiment at `{}`\n  {next}", file.display())))
}

/// A file laid over the file that it extends. `chain` holds the files on the way here.
fn with_base(file: &Path, chain: &mut Vec<PathBuf>) -> Result<Node> {
    let text = std::fs::read_to_string(file).map_err(|cause| unreadable(file, &cause))?;
    let mut node = Node::of_file(file, &text)?;
    let Some(extends) = node.take("extends") else { return Ok(node) };
    let Value::Text(base) = &extends.node.value else {
        return Err(Fault::of("extends", format!("expected a path, found {}", extends.node.kind()), "quote the path")
            .at(&extends.node.at)
            .into());
    };
    let base = file.parent().unwrap_or(Path::new("")).join(base);
    chain.push(same_file(file));
    if chain.contains(&same_file(&base)) {
        return Err(Fault::of(
            "extends",
            format!("`{}` extends itself, by way of {} files", base.display(), chain.len()),
            "remove one of the `extends` in this circle",
        )
        .at(&extends.node.at)
        .into());
    }
    if !base.exists() {
        return Err(Fault::of(
            "extends",
            format!("there is no file `{}`", base.display()),
            "paths in `extends` start at the folder of the file that holds them",
        )
        .at(&extends.node.at)
        .into());
    }
    let mut below = with_base(&file_of(&base)?, chain)?;
    lay(&mut below, node, &mut Vec::new());
    Ok(below)
}

pub(super) fn unreadable(file: &Path, cause: &std::io::Error) -> Error {
    match cause.kind() {
        std::io::ErrorKind::InvalidData => {
            Error::Usage(format!("`{}` is not UTF-8 text\n  save it as UTF-8", file.display()))
        }
        _ => Error::file("read", file, cause),
    }
}

/// One name for a file however it is written; a folder stands for the file in it.
fn same_file(path: &Path) -> PathBuf {
    let file = if path.is_dir() { path.join(FILE_NAME) } else { path.to_owned() };
    file.canonicalize().unwrap_or(file)
}

/// The layer of one `--set a.b=value`: a line of TOML, in which a bare word stands for a text.
fn argument(setting: &str) -> Result<Node> {
    let wrong = |why: &str| {
        Error::Usage(format!(
            "`--set {setting}`: {why}\n  write --set KEY.KEY=VALUE, the value as in the experiment file"
        ))
    };
    let (key, value) = setting.split_once('=').ok_or_else(|| wrong("there is no `=`"))?;
    if key.trim().is_empty() || setting.contains('\n') {
        return Err(wrong("the key before `=` is empty or broken over lines"));
    }
    let value = value.trim();
    if let Ok(node) = Node::of_argument(setting, setting) {
        return Ok(node);
    }
    if value.starts_with(['[', '{', '"', '\'']) {
        return Err(wrong("the value is no TOML value"));
    }
    let quoted = format!("{key} = {}", toml::Value::String(value.to_owned()));
    Node::of_argument(setting, &quoted).map_err(|_| wrong("the key is no TOML key"))
}

/// Lays `over` on top of `node`: tables are merged key by key, anything else is replaced.
fn lay(node: &mut Node, over: Node, path: &mut Vec<String>) {
    if names_another_kind(node, &over, path) {
        *node = over;
        return;
    }
    match (&mut node.value, over.value) {
        (Value::Table(entries), Value::Table(over)) => {
            for entry in over {
                lay_entry(entries, entry, path);
            }
        }
        (value, over_value) => {
            *value = over_value;
            node.at = over.at;
        }
    }
}

fn lay_entry(entries: &mut Vec<Entry>, over: Entry, path: &mut Vec<String>) {
    match entries.iter_mut().find(|entry| entry.key == over.key) {
        Some(entry) => {
            path.push(over.key);
            lay(&mut entry.node, over.node, path);
            entry.key_at = over.key_at;
            path.pop();
        }
        None => entries.push(over),
    }
}

fn names_another_kind(node: &Node, over: &Node, path: &[String]) -> bool {
    let is_kind = KINDS
        .iter()
        .any(|kind| kind.len() == path.len() && kind.iter().zip(path).all(|(k, p)| *k == "*" || *k == p.as_str()));
    match (&node.value, &over.value) {
        (Value::Table(below), Value::Table(above)) if is_kind => {
            above.len() == 1 && !below.iter().any(|entry| entry.key == above[0].key)
        }
        _ => false,
    }
}
