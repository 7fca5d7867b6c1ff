//! A million judgments recorded and reported: wall time and peak memory of each command, in a process of its own.
//!
//! `cargo bench --bench records`, some minutes. Two shapes of a run: *trees*, where most judgments are at nodes of trees, and
//! *flat*, where each is an instance of its own, which is the most that a table, a plot and a page can have to read. The
//! trees' page holds every tree. Memory is the most that the process held, as the system counts it (Linux alone tells).

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// One command's cost.
struct Measured {
    wall_s: f64,
    peak_mib: Option<f64>,
}

fn main() {
    for (name, experiment) in [("trees", TREES), ("flat", FLAT)] {
        let folder = tempfile::tempdir().expect("a bench needs a folder to write to");
        let file = folder.path().join("experiment.toml");
        std::fs::write(&file, experiment).expect("an experiment file");
        let run = folder.path().join("run");
        let told = |what: &str, args: &[&str]| {
            let found = measured(Command::new(env!("CARGO_BIN_EXE_tribunal")).args(args).current_dir(folder.path()));
            let peak = found.peak_mib.map_or("—".to_owned(), |mib| format!("{mib:.0} MiB"));
            println!("{name:<6} {what:<8} {:>7.1} s {peak:>10}", found.wall_s);
        };
        told("run", &["run", "experiment.toml", "--out", "run"]);
        let (judged, tested) = (lines(&run, "judgments"), lines(&run, "instances"));
        println!("{name:<6} {} asks in {tested} trees, {judged} rows of judgments", asks(&run));
        told("show", &["show", "run"]);
        told("compare", &["compare", "run"]);
        told("plot", &["plot", "run", "--x", "arm", "--y", "accuracy"]);
        told("report", &["report", "run"]);
        let page = std::fs::metadata(run.join("report.html")).map_or(0, |page| page.len() >> 20);
        println!("{name:<6} page of {page} MiB, run folder of {} MiB", size(&run) >> 20);
    }
}

/// Some 104 asks a tree, over two seeds.
const TREES: &str = r#"
name = "trees"
seed = 1
seeds = 2
instances = { train = 3, validation = 56, test = 2400 }

[task.books]
source = "generated"

[budget]
evaluator_tokens_max = 512

[helpers.person.simulated]
notice_rate = 0.9
error_rate = 0.05

[helpers.reader.simulated]
notice_rate = 0.85
error_rate = 0.1
trust = { fixed = 1.0 }

[arms.rrm]
strategy.rrm = { top = "rule" }
roles = { evaluator = "person", assistant = "reader" }

[arms.exhaustive]
strategy.rrm = { top = "rule", cover = "exhaustive", fan_out = 16 }
roles = { evaluator = "person", assistant = "reader" }
"#;

/// One judgment an instance, over two seeds and five values of a setting.
const FLAT: &str = r#"
name = "flat"
seed = 1
seeds = 2
instances = { validation = 40, test = 50000 }

[task.derivation]
steps = 2

[budget]
evaluator_tokens_max = 512

[helpers.person.simulated]
notice_rate = 0.9
error_rate = 0.05

[arms.direct]
strategy.direct = {}
roles = { evaluator = "person" }

[arms.first]
strategy.direct = { reads = "first" }
roles = { evaluator = "person" }

[sweep]
"helpers.person.simulated.error_rate" = [0.05, 0.1, 0.15, 0.2, 0.25]
"#;

fn measured(command: &mut Command) -> Measured {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("tribunal starts");
    let mut peak_mib = None;
    let status = loop {
        peak_mib = peak_of(&child).or(peak_mib);
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(status.success(), "{command:?} ended with {status}");
    Measured { wall_s: start.elapsed().as_secs_f64(), peak_mib }
}

/// The most memory that a process has held so far; none once it is gone.
fn peak_of(child: &Child) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib / 1024.0)
}

fn lines(run: &Path, rows: &str) -> usize {
    let file = File::open(run.join(format!("{rows}.jsonl"))).expect("a run that ended has its rows");
    BufReader::new(file).lines().count()
}

/// Everything that was asked, of anybody, in any tree: each ask is answered by a judgment that a tree keeps.
fn asks(run: &Path) -> u64 {
    let rows = BufReader::new(File::open(run.join("instances.jsonl")).expect("a run that ended has its rows"));
    let of =
        |row: String| serde_json::from_str::<serde_json::Value>(&row).expect("a row is JSON")["cost"]["asks"].as_u64();
    rows.lines().map(|row| of(row.expect("a row is text")).unwrap_or(0)).sum()
}

/// Bytes of all files under a folder.
fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("a folder of the run").flatten();
    entries
        .map(
            |entry| if entry.path().is_dir() { size(&entry.path()) } else { entry.metadata().map_or(0, |it| it.len()) },
        )
        .sum()
}
