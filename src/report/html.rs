//! The report of a run as one page that needs no other file: no script, no font, no picture from elsewhere. Its own script
//! is the viewer of trees; what it may do is bounded by the page's policy, and texts enter the page as text.

use std::io::Write;

use super::charts::capital;
use super::data::RunData;
use super::table::{ARM_HEADER, arm_rows, comparisons, leak, remarks};
use super::tree::as_shell_word;
use super::{charts, escaped, layout, scores, trees};
use crate::error::{Error, Result};
use crate::eval::metrics;
use crate::outcome::OutcomeKind;

/// In the dark everything is turned light for dark, plots too, and keeps its hue: one rule, so that nothing is left out.
pub(super) const STYLE: &str = "body{font:16px/1.5 'DejaVu Sans',Verdana,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;\
color:#111;background:#fff}h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem}table{border-collapse:collapse;\
font-size:.85rem;display:block;overflow-x:auto}th,td{padding:.3rem .7rem;text-align:right;border-bottom:1px solid #ddd;\
white-space:nowrap}th:first-child,td:first-child{text-align:left}svg{max-width:100%;height:auto;margin:1rem 0}\
pre{background:#f4f4f4;padding:.8rem;overflow-x:auto}.quiet{color:#555}\
@media screen and (prefers-color-scheme:dark){html{background:#121212}body{filter:invert(.93) hue-rotate(180deg)}}";

/// Nothing comes from elsewhere and nothing goes there.
const POLICY: &str = "default-src 'none'; script-src 'nonce-viewer'; style-src 'unsafe-inline'";

/// Writes the page of a run, piece by piece: its trees alone may be larger than memory.
pub fn write(run: &RunData, out: &mut dyn Write) -> Result<()> {
    let caption = run.caption();
    put(out, &head(run))?;
    put(out, &tables(run, &caption))?;
    put(out, "<h2>Plots</h2>\n")?;
    for drawn in charts::all(run) {
        put(out, &layout::lay_out(&drawn.figure, &drawn.caption).svg(&drawn.figure.title)?)?;
        put(out, "\n")?;
    }
    trees::write(run, out)?;
    put(out, &failures(run))?;
    put(out, &again(run))?;
    put(out, "</body>\n</html>\n")
}

/// Writes a piece of the page.
pub(super) fn put(out: &mut dyn Write, text: &str) -> Result<()> {
    out.write_all(text.as_bytes()).map_err(|cause| Error::Environment(format!("cannot write the page: {cause}")))
}

fn head(run: &RunData) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <title>{}</title>\n<style>{STYLE}\n{}</style>\n</head>\n<body>\n<h1>{}</h1>\n{}{}",
        escaped(&run.name),
        trees::STYLE,
        escaped(&run.name),
        paragraph("Question", &run.question),
        paragraph("Prediction, made before the run", &run.prediction)
    )
}

/// The arms, what must be said of them, their scores and their differences.
fn tables(run: &RunData, caption: &str) -> String {
    let mut body = String::new();
    let arms = arm_rows(run);
    if !arms.is_empty() {
        body.push_str("<h2>Arms</h2>\n");
        body.push_str(&table(&ARM_HEADER, &arms));
    }
    for line in remarks(run).into_iter().chain(leak(run)) {
        body.push_str(&format!("<p>{}</p>\n", escaped(&line)));
    }
    body.push_str(&format!("<p class=\"quiet\">{}</p>\n", escaped(caption)));
    let differences = [&metrics::ACCURACY, &metrics::ASD].into_iter().filter_map(|metric| comparisons(run, metric));
    for titled in scores::all(run).into_iter().chain(differences) {
        body.push_str(&format!("<h2>{}</h2>\n", escaped(&capital(&titled.title))));
        body.push_str(&table(&titled.header, &titled.rows));
        titled.notes.iter().for_each(|note| body.push_str(&format!("<p>{}</p>\n", escaped(note))));
    }
    body
}

fn paragraph(title: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("<h2>{}</h2>\n<p>{}</p>\n", escaped(title), escaped(text))
}

fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let head: String = header.iter().map(|name| format!("<th>{}</th>", escaped(name))).collect();
    let body: String = rows
        .iter()
        .map(|row| {
            let cells: String = row.iter().map(|cell| format!("<td>{}</td>", escaped(cell))).collect();
            format!("<tr>{cells}</tr>\n")
        })
        .collect();
    format!("<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n")
}

/// What was not scored, and which cells failed.
fn failures(run: &RunData) -> String {
    let instances = || run.instances.iter().map(|row| row.outcome);
    let pools = || run.pools.iter().map(|row| row.outcome);
    // Where arms chose among pools alone, these are what was tested.
    let (what, outcomes): (_, Vec<OutcomeKind>) =
        if run.instances.is_empty() { ("pool", pools().collect()) } else { ("tested instance", instances().collect()) };
    let unscored = outcomes.iter().filter(|outcome| **outcome != OutcomeKind::Scored).count();
    let mut out = String::from("<h2>Failures</h2>\n");
    out.push_str(&match unscored {
        0 => format!("<p>Every {what} was scored.</p>\n"),
        n => format!("<p>{n} of {} {what}s were not scored; the table above says why.</p>\n", outcomes.len()),
    });
    if !run.failed.is_empty() {
        let lines: Vec<String> = run.failed.iter().map(|line| escaped(line)).collect();
        out.push_str(&format!("<p>Cells that failed:</p>\n<pre>{}</pre>\n", lines.join("\n")));
    }
    out
}

/// The command that runs the resolved experiment, settings and all: it stands in the run's folder, where no name of an
/// experiment's file need be known.
fn again(run: &RunData) -> String {
    let resolved = run.folder.join("experiment.toml");
    if !resolved.exists() {
        return "<h2>To run it again</h2>\n<p>The run's folder has no <code>experiment.toml</code>: what was run is not known.</p>\n"
            .to_owned();
    }
    let name = run.folder.file_name().map_or_else(|| run.name.clone(), |name| name.to_string_lossy().into_owned());
    let out = run.folder.with_file_name(format!("{name}-again"));
    let [resolved, out] = [&resolved, &out].map(|path| escaped(&as_shell_word(&path.display().to_string())));
    format!(
        "<h2>To run it again</h2>\n<pre>tribunal run {resolved} --out {out}</pre>\n<p>This is the experiment as it was \
         resolved, with all that was set for this run. From the folder where this page was made, since data that it names is \
         looked for from there, it gives the same records on the same type of processor.</p>\n"
    )
}
