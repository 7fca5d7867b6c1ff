//! A million judgments recorded and reported: wall time and peak memory of each command, in a process of its own; and how
//! soon a page shows its first tree.
//!
//! `cargo bench --bench records`, some minutes; `-- NAME` for one of the runs alone. *trees*: most judgments are at nodes of
//! trees. *flat*: each is an instance of its own, which is the most that a table, a plot and a page can have to read. *viewer*:
//! trees of 300,000 nodes, whose page is opened in headless Chromium where that is installed. Pages hold every tree. Memory
//! is the most that the process held, as the system counts it (Linux alone tells).

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// One command's cost.
struct Measured {
    wall_s: f64,
    peak_mib: Option<f64>,
}

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let viewer = TREES.replace("test = 2400", "test = 720");
    let runs = [("trees", TREES), ("flat", FLAT), ("viewer", &viewer)];
    for (name, experiment) in runs.into_iter().filter(|(name, _)| asked.is_empty() || asked.iter().any(|it| it == name))
    {
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
        if name != "viewer" {
            told("show", &["show", "run"]);
            told("compare", &["compare", "run"]);
            told("plot", &["plot", "run", "--x", "arm", "--y", "accuracy"]);
        }
        told("report", &["report", "run"]);
        let page = run.join("report.html");
        let bytes = std::fs::metadata(&page).map_or(0, |page| page.len());
        println!("{name:<6} page of {} MiB, run folder of {} MiB", bytes >> 20, size(&run) >> 20);
        if name == "viewer" {
            println!("{name:<6} {} nodes; the first tree is shown {}", nodes(&run), opened(&page));
        }
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

/// Tells when the first tree stands on the page and was painted.
const WATCH: &str = r#"<script nonce="viewer">
const tell = () => requestAnimationFrame(() => setTimeout(() => console.log(`FIRST TREE ${performance.now()} ms`)));
const outline = document.getElementById("outline");
if (outline.firstChild) tell();
else new MutationObserver((_, watch) => { watch.disconnect(); tell(); }).observe(outline, { childList: true });
</script></body>"#;

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

/// How long after navigation a page shows its first tree, three times over, each in a browser of its own.
fn opened(page: &Path) -> String {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut places = std::env::split_paths(&folders).flat_map(|folder| names.map(|name| folder.join(name)));
    let Some(browser) = places.find(|place| place.is_file()) else {
        return "when nobody knows: no Chromium is here".into();
    };
    let watched = page.with_file_name("watched.html");
    let text = std::fs::read_to_string(page).expect("the page is there");
    std::fs::write(&watched, text.replacen("</body>", WATCH, 1)).expect("room for another page");
    let times: Vec<String> = (0..3).map(|time| first_tree(&browser, &watched, time)).collect();
    format!("after {} (from navigation)", times.join(", "))
}

fn first_tree(browser: &PathBuf, page: &Path, time: u32) -> String {
    let profile = page.with_file_name(format!("profile{time}"));
    let mut child = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"])
        // The port keeps it open until it is told to end; what the page says goes to standard error.
        .args(["--remote-debugging-port=0", "--enable-logging=stderr"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}", page.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the browser starts");
    let said = BufReader::new(child.stderr.take().expect("a pipe was asked for"));
    let (tell, hear) = mpsc::channel();
    std::thread::spawn(move || {
        let time_of = |line: String| Some(line.split_once("FIRST TREE ")?.1.split_once(" ms")?.0.parse::<f64>());
        said.lines().map_while(Result::ok).find_map(time_of).map(|time| tell.send(time))
    });
    let found = hear.recv_timeout(Duration::from_secs(120));
    child.kill().and_then(|()| child.wait()).expect("the browser ends");
    match found {
        Ok(Ok(ms)) => format!("{:.2} s", ms / 1000.0),
        _ => "no time: it was not shown".to_owned(),
    }
}

/// The nodes of all trees.
fn nodes(run: &Path) -> usize {
    let cells = std::fs::read_dir(run.join("cells")).expect("cells of the run").flatten();
    let rows = cells.map(|cell| File::open(cell.path().join("trees.jsonl")).expect("a cell has trees"));
    let count = |row: String| {
        let row: serde_json::Value = serde_json::from_str(&row).expect("a row is JSON");
        row["nodes"].as_array().map_or(0, Vec::len)
    };
    rows.flat_map(|rows| BufReader::new(rows).lines()).map(|row| count(row.expect("a row is text"))).sum()
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
