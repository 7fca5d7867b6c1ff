//! The architecture as text: who may name what, how long a file may be, and what stands nowhere.
//!
//! The compiler keeps modules apart only as far as visibility goes; these rules keep the rest. Each test reads the
//! sources and lists every breach with its line. Comments and string literals are no code and are not looked at.

use std::fs;
use std::path::{Path, PathBuf};

const LINES_MAX: usize = 400;
/// The engine's, the main path's and the strategies' shared files together: growing them needs a design note.
const CORE_LINES_MAX: usize = 930;

/// A source file: its path from the package's root, and its code line by line.
struct Source {
    path: String,
    text: String,
    /// Without comments and the contents of strings and characters; lines are where they were.
    code: String,
    /// Whether the file or its line is compiled for tests alone.
    is_test_line: Vec<bool>,
}

impl Source {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("cannot read `{}`: {e}", path.display()));
        Self::of(relative(path), text)
    }

    fn of(path: String, text: String) -> Self {
        let code = code_of(&text);
        let is_test_file = path.ends_with("/tests.rs") || path.contains("/tests/") || !path.starts_with("src/");
        let is_test_line = if is_test_file { vec![true; code.lines().count()] } else { test_lines(&code) };
        Self { path, text, code, is_test_line }
    }

    /// Whether the file is one of these, or lies in the folder of one of them: `src/task` is `task.rs` and `task/`.
    fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| {
            self.path.strip_prefix(place).is_some_and(|rest| rest == ".rs" || rest.starts_with('/') || rest.is_empty())
        })
    }

    /// Lines of code with their numbers, from 1.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(at, line)| (at + 1, line))
    }
}

// ---- who may name what ----

#[test]
fn burn_is_named_where_models_are_made_trained_and_served() {
    only_in(&["burn"], &["src/model", "src/reward", "src/policy", "src/helper/trained"], Of::Words);
}

#[test]
fn plotters_are_named_in_reports() {
    only_in(&["plotters"], &["src/report"], Of::Words);
}

#[test]
fn truth_is_named_where_it_is_made_simulated_and_compared_with() {
    // A truth is had from `Truths` alone. `Truth` itself is not looked for: settings may be called that.
    let names = ["Truths", "ClaimTruth", "truths", "truth"];
    let making = ["src/task"];
    // A simulated reply depends on truth only through what is in its view. A cast hands the truth to such helpers, and
    // a fit to them and to the leak model of the blind arm.
    let hearing = ["src/helper/simulated", "src/helper/oracle", "src/cast", "src/fit"];
    let evaluating = ["src/cell", "src/eval"];
    only_in(&names, &[&making[..], &hearing, &evaluating].concat(), Of::Words);
}

#[test]
fn strategies_know_neither_helpers_nor_tasks_nor_the_world() {
    let helpers = ["helper", "Helper", "simulated", "trained", "oracle", "llm", "human", "noisy", "cached"];
    let tasks = ["books", "Task", "Instance", "Material", "Drawn"];
    let world = ["fs", "io", "time", "net", "env", "process", "rand", "Stream", "stream"];
    nowhere_in(&[&helpers[..], &tasks, &world].concat(), &["src/strategy"], Of::Words);
}

#[test]
fn helpers_are_asked_by_the_engine_and_through_wrappers() {
    only_in(&[".submit("], &["src/engine", "src/helper"], Of::Text);
}

#[test]
fn reports_are_drawn_from_records() {
    let behind = ["engine", "helper", "strategy", "tree", "reward", "model", "levels", "cell", "fit", "run", "books"];
    let paths: Vec<String> = behind.iter().map(|module| format!("crate::{module}::")).collect();
    nowhere_in(&paths.iter().map(String::as_str).collect::<Vec<_>>(), &["src/report"], Of::Text);
}

#[test]
fn learners_read_judgments_and_no_records() {
    nowhere_in(&["record", "eval", "engine", "Drawn"], &["src/reward", "src/model"], Of::Words);
}

// ---- randomness ----

#[test]
fn burn_draws_nothing_by_itself() {
    let draws =
        ["Tensor::random", ">::random(", "random_like", "Distribution::", "B::seed", "Backend::seed", "Dropout"];
    // Its layers draw their own first weights; ours start at zero and are given theirs by name.
    let layers = ["Initializer", "burn::nn"];
    only_in(&[&draws[..], &layers].concat(), &["src/model/init.rs"], Of::Text);
}

#[test]
fn every_generator_comes_from_a_named_stream() {
    let generators =
        ["thread_rng", "rand::rng", "from_seed", "seed_from_u64", "from_os_rng", "from_rng", "from_entropy"];
    only_in(&generators, &["src/stream"], Of::Words);
    nowhere_in(&["SystemTime"], &["src"], Of::Words);
}

#[test]
fn what_is_kept_in_an_order_of_chance_is_looked_up_and_not_summed() {
    // In every process a hash map goes through its entries in another order. Each of these looks them up, counts them, or
    // sorts what it takes out.
    let places = "cell/pressure.rs helper/cached.rs helper/trained.rs record/grown.rs report reward/features.rs \
                  reward/lately.rs reward/scorer/scored.rs reward/text.rs task.rs task/books/real/mined.rs \
                  task/books/real/verbs.rs task/passages/search.rs task/preferences/gold.rs";
    let places: Vec<String> = places.split_whitespace().map(|place| format!("src/{place}")).collect();
    only_in(&["HashMap", "HashSet"], &places.iter().map(String::as_str).collect::<Vec<_>>(), Of::Words);
}

#[test]
fn gradients_are_found_on_tapes_of_their_own() {
    // All but the first stand in tests.
    let places = ["src/model/tape.rs", "src/model/optim.rs", "src/model/scoring.rs", "src/model/fused/tests.rs"];
    only_in(&[".backward()"], &places, Of::Text);
}

// ---- what stands nowhere, and how long files may be ----

#[test]
fn nothing_is_unwrapped_or_left_undone() {
    let mut breaches = Vec::new();
    for source in sources() {
        for (line, code) in source.lines() {
            let is_tested = source.is_test_line.get(line - 1).copied().unwrap_or(false);
            if code.contains(".unwrap()") && !is_tested {
                breaches.push(format!(
                    "{}:{line}: `unwrap` outside tests: an error, or an `expect` with the reason",
                    source.path
                ));
            }
            for word in ["todo!", "unimplemented!", "dbg!"] {
                if code.contains(word) {
                    breaches.push(format!("{}:{line}: `{word}`", source.path));
                }
            }
        }
    }
    assert_none(breaches);
}

#[test]
fn files_are_short() {
    let mut files = sources();
    for folder in ["tests", "benches", "examples"] {
        files.extend(rust_files(&root().join(folder)).iter().map(|path| Source::read(path)));
    }
    let long = files.iter().map(|source| (source, source.text.lines().count())).filter(|(_, lines)| *lines > LINES_MAX);
    assert_none(long.map(|(s, lines)| format!("{}: {lines} lines, at most {LINES_MAX}", s.path)).collect());
}

#[test]
fn the_core_stays_small() {
    let core = ["src/engine", "src/run.rs", "src/strategy.rs"];
    let lines: usize = sources().iter().filter(|s| s.is_in(&core)).map(|s| s.text.lines().count()).sum();
    assert!(lines > 0, "the core is not where this test looks for it");
    assert!(lines <= CORE_LINES_MAX, "engine, run.rs and strategy.rs have {lines} lines, at most {CORE_LINES_MAX}");
}

#[test]
fn files_are_named_for_what_they_hold() {
    let empty = ["util", "utils", "helpers", "common", "misc", "manager", "types", "base"];
    let stem = |source: &Source| Path::new(&source.path).file_stem().map(|s| s.to_string_lossy().into_owned());
    let named = sources().into_iter().filter(|s| stem(s).is_some_and(|stem| empty.contains(&stem.as_str())));
    assert_none(named.map(|s| format!("{}: a name that says nothing of what it holds", s.path)).collect());
}

#[test]
fn no_text_names_a_place_on_one_machine() {
    let homes = ["work", "root", "home", "Users"].map(|home| format!("/{home}/"));
    let mut breaches = Vec::new();
    for path in files_below(&root()) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for (at, line) in text.lines().enumerate() {
            for home in &homes {
                let is_absolute =
                    |start: usize| !line[..start].ends_with(|c: char| c.is_alphanumeric() || "._-)}$*".contains(c));
                if line.match_indices(home.as_str()).any(|(start, _)| is_absolute(start)) {
                    breaches.push(format!("{}:{}: a path that begins with `{home}`", relative(&path), at + 1));
                }
            }
        }
    }
    assert_none(breaches);
}

// ---- reading the sources ----

/// How a name is looked for.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    /// As an identifier of its own.
    Words,
    /// Anywhere in the code.
    Text,
}

/// The names stand in these places and nowhere else in `src`.
fn only_in(names: &[&str], places: &[&str], of: Of) {
    let sources = sources();
    for place in places.iter().filter(|place| **place != "src/policy") {
        assert!(sources.iter().any(|s| s.is_in(&[place])), "there is nothing at `{place}`: mend this test");
    }
    let breaches = sources.iter().filter(|s| !s.is_in(places)).flat_map(|s| named(s, names, of));
    assert_none(breaches.map(|breach| format!("{breach} belongs in {}", places.join(", "))).collect());
}

/// The names do not stand in these places.
fn nowhere_in(names: &[&str], places: &[&str], of: Of) {
    let looked_at: Vec<Source> = sources().into_iter().filter(|s| s.is_in(places)).collect();
    assert!(!looked_at.is_empty(), "there is nothing at {places:?}: mend this test");
    let breaches = looked_at.iter().flat_map(|s| named(s, names, of));
    assert_none(breaches.map(|breach| format!("{breach} has no business in {}", places.join(", "))).collect());
}

fn named(source: &Source, names: &[&str], of: Of) -> Vec<String> {
    let is_there = |code: &str, name: &str| match of {
        Of::Text => code.contains(name),
        Of::Words => has_word(code, name),
    };
    let mut breaches = Vec::new();
    for (line, code) in source.lines() {
        breaches.extend(
            names.iter().filter(|name| is_there(code, name)).map(|name| format!("{}:{line}: `{name}`", source.path)),
        );
    }
    breaches
}

fn has_word(code: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word)
        .any(|(at, _)| !code[..at].ends_with(is_part) && !code[at + word.len()..].starts_with(is_part))
}

fn assert_none(breaches: Vec<String>) {
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

fn sources() -> Vec<Source> {
    rust_files(&root().join("src")).iter().map(|path| Source::read(path)).collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    if !folder.is_dir() {
        return Vec::new();
    }
    files_below(folder).into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs")).collect()
}

/// All files below a folder, sorted, apart from what is built, run or fetched.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let apart = ["target", "runs", "out", ".git", "shared", "node_modules", ".venv"];
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("cannot list `{}`: {e}", folder.display()));
        for entry in entries.map(|entry| entry.expect("an entry of a folder that was listed")) {
            let kind = entry.file_type().expect("what kind of entry it is");
            if apart.iter().any(|name| entry.file_name() == *name) {
                continue;
            }
            match (kind.is_dir(), kind.is_file()) {
                (true, _) => folders.push(entry.path()),
                (_, true) => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

/// The text with comments blanked, and with the contents of strings and characters blanked.
fn code_of(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => (at..chars.len()).find(|i| chars[*i] == '\n').unwrap_or(chars.len()),
            ('/', Some('*')) => end_of_comment(&chars, at),
            ('"', _) => end_of_string(&chars, at),
            ('r' | 'b' | 'c', Some('"' | '#' | 'r')) if !after_word(&chars, at) => end_of_raw(&chars, at).unwrap_or(at),
            ('\'', Some('\\')) => (at + 3..chars.len()).find(|i| chars[*i] == '\'').map_or(chars.len(), |i| i + 1),
            ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => at + 3,
            _ => at,
        };
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            code.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

fn after_word(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_')
}

/// Block comments nest.
fn end_of_comment(chars: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut at = start;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at.min(chars.len())
}

fn end_of_string(chars: &[char], start: usize) -> usize {
    let mut at = start + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

/// The end of `r"..."`, `br#"..."#` and the like; none where no raw string begins here.
fn end_of_raw(chars: &[char], start: usize) -> Option<usize> {
    let prefix = chars[start..].iter().take_while(|c| matches!(c, 'r' | 'b' | 'c')).count();
    if !chars[start..start + prefix].contains(&'r') {
        return None;
    }
    let hashes = chars[start + prefix..].iter().take_while(|c| **c == '#').count();
    let quote = start + prefix + hashes;
    if chars.get(quote) != Some(&'"') {
        return None;
    }
    let closes = |i: usize| chars[i] == '"' && chars[i + 1..].iter().take_while(|c| **c == '#').count() >= hashes;
    Some((quote + 1..chars.len()).find(|i| closes(*i)).map_or(chars.len(), |i| i + 1 + hashes))
}

/// For every line of code, whether it lies in an item under `#[cfg(test)]`.
fn test_lines(code: &str) -> Vec<bool> {
    let mut lines = vec![false; code.lines().count()];
    for (start, _) in code.match_indices("#[cfg(test)]") {
        let mut depth = 0;
        let end = code[start..].char_indices().find(|(_, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            depth == 0 && matches!(c, '}' | ';')
        });
        let end = end.map_or(code.len(), |(at, _)| start + at);
        let line_of = |at: usize| code[..at].matches('\n').count();
        lines[line_of(start)..=line_of(end).min(line_of(code.len().saturating_sub(1)))].fill(true);
    }
    lines
}

#[test]
fn code_is_told_from_words() {
    let text = "let a = \"burn \\\" burn\"; // burn\n/* burn /* burn */ burn */ let c = '\\''; let d = '\"'; burn();\n\
                let r = r#\"burn \" burn\"#; fn f<'a>(x: &'a str) {}\n#[cfg(test)]\nmod tests {\n  x.unwrap();\n}\nb\n";
    let source = Source::of("src/x.rs".into(), text.into());
    let found: Vec<usize> = source.lines().filter(|(_, code)| has_word(code, "burn")).map(|(line, _)| line).collect();
    assert_eq!(found, [2]);
    assert!(!has_word("burning sunburn re_burn", "burn") && has_word("(burn::x)", "burn"));
    assert_eq!(source.code.lines().count(), text.lines().count());
    assert_eq!(source.is_test_line, [false, false, false, true, true, true, true, false]);
    assert!(source.is_in(&["src/x"]) && !source.is_in(&["src/xy", "src/task"]));
}
