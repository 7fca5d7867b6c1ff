//! Interrupted at any moment, a run continues and ends in the same files, byte for byte.

mod command;

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use command::{assert_same, assert_same_files, data, files, stderr, tribunal};
use tribunal::stream::Stream;

const THREADS: &str = "2";
/// Kills in all.
const KILLS_MIN: usize = 20;
/// Kills of one run, after which it is left to finish: a slow machine must not keep it from ever ending.
const KILLS_A_RUN_MAX: usize = 8;

/// The files of a run that nothing interrupted, and how long it took.
static WHOLE: LazyLock<(BTreeMap<PathBuf, Vec<u8>>, Duration)> = LazyLock::new(|| {
    let home = tempfile::tempdir().expect("a temporary folder");
    let out = home.path().join("whole");
    let took = finish(&out, THREADS);
    (files(&out), took)
});

/// Starts the run in a process group of its own.
fn start(out: &Path, threads: &str) -> Child {
    let mut command = tribunal();
    command.arg("run").arg(data("interrupted.toml")).args(["--smoke", "--threads", threads, "--out"]).arg(out);
    command.process_group(0).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the command starts")
}

/// Lets the run end, and how long it took.
fn finish(out: &Path, threads: &str) -> Duration {
    let since = Instant::now();
    let output = start(out, threads).wait_with_output().expect("the command ends");
    assert!(output.status.success(), "{}", stderr(&output));
    since.elapsed()
}

/// Kills a process, or with a minus before it a group.
fn kill(target: &str) {
    Command::new("sh").arg("-c").arg(format!("kill -9 {target}")).stderr(Stdio::null()).status().expect("sh");
}

/// The processes that a process has started.
fn children(parent: u32) -> Vec<u32> {
    let is_child = |pid: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        after_name.split_whitespace().nth(1) == Some(parent.to_string().as_str())
    };
    let all = std::fs::read_dir("/proc").expect("processes").filter_map(|e| e.ok()?.file_name().to_str()?.parse().ok());
    all.filter(is_child).collect()
}

#[test]
fn killed_at_seeded_moments_the_files_are_those_of_an_uninterrupted_run() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let (expected, took) = &*WHOLE;
    assert!(expected.len() > 10, "a run leaves its cells: {:?}", expected.keys());
    let mut kills = 0;
    for round in 0.. {
        if kills >= KILLS_MIN {
            break;
        }
        let out = home.path().join(format!("killed-{round}"));
        for attempt in 0..KILLS_A_RUN_MAX {
            let moment = Stream::root(5).index(round).index(attempt as u64).uniform();
            let mut child = start(&out, THREADS);
            std::thread::sleep(took.mul_f64(0.3 * moment));
            if child.try_wait().expect("a child").is_some() {
                break;
            }
            kill(&format!("-{}", child.id()));
            child.wait().expect("a child");
            kills += 1;
        }
        finish(&out, THREADS);
        assert_same_files(expected, &out, &format!("round {round}"));
    }
}

#[test]
fn one_thread_and_several_leave_the_same_files() {
    let home = tempfile::tempdir().expect("a temporary folder");
    for threads in ["1", "7"] {
        let out = home.path().join(threads);
        finish(&out, threads);
        assert_same_files(&WHOLE.0, &out, &format!("{threads} threads against {THREADS}"));
    }
}

#[test]
fn children_do_not_outlive_their_parent() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let out = home.path().join("run");
    let mut parent = start(&out, THREADS);
    let orphans = loop {
        let found = children(parent.id());
        if !found.is_empty() {
            break found;
        }
        assert!(parent.try_wait().expect("the run").is_none(), "it ended before it was seen to start a child");
    };
    kill(&parent.id().to_string());
    parent.wait().expect("the run");
    let alive = |pid: &u32| {
        let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&command).contains("--attached")
    };
    let patience = Instant::now() + Duration::from_secs(20);
    while orphans.iter().any(alive) {
        assert!(Instant::now() < patience, "a child works on after its parent's death");
        std::thread::sleep(Duration::from_millis(5));
    }
    finish(&out, THREADS);
}

#[test]
fn a_cell_that_dies_is_recorded_and_tried_again() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let out = home.path().join("run");
    let mut parent = start(&out, THREADS);
    // Every child that is seen dies, until a cell's or fit's death is certain.
    while parent.try_wait().expect("the run").is_none() {
        children(parent.id()).iter().for_each(|child| kill(&child.to_string()));
    }
    let output = parent.wait_with_output().expect("the run");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("the same command tries them again"), "{}", stderr(&output));
    let failed = std::fs::read_to_string(out.join("failed.jsonl")).expect("failed.jsonl");
    assert!(failed.lines().count() > 0 && failed.contains("killed"), "{failed}");
    finish(&out, THREADS);
    assert_same_files(&WHOLE.0, &out, "after the second start");
}

#[test]
fn a_full_disk_stops_the_run_and_it_continues_to_the_same_files() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let disk = home.path().join("disk");
    std::fs::create_dir(&disk).expect("a folder");
    let mount = |options: &str| {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", options, "tribunal-test"]).arg(&disk).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    // Room for half of what the run leaves: it fills in the midst of its work.
    let pages: usize = WHOLE.0.values().map(|bytes| bytes.len().div_ceil(4096)).sum();
    if !mount(&format!("size={}k", pages * 2)) {
        eprintln!("skipped: a small disk cannot be mounted here (that takes root)");
        return;
    }
    let out = disk.join("run");
    let stopped = start(&out, THREADS).wait_with_output().expect("the command ends");
    let continued = mount("remount,size=256m").then(|| start(&out, THREADS).wait_with_output().expect("it ends"));
    let found = files(&out);
    Command::new("umount").arg(&disk).status().expect("umount");
    assert_eq!(stopped.status.code(), Some(3), "{}", stderr(&stopped));
    assert!(stderr(&stopped).to_lowercase().contains("no space left"), "{}", stderr(&stopped));
    let continued = continued.expect("the disk grows");
    assert!(continued.status.success(), "{}", stderr(&continued));
    assert_same(&WHOLE.0, &found, "after the disk has grown");
}
