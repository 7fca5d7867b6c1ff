//! One tree as text: its nodes with what was asked at them, of whom, at what cost, and what they came to.

mod beside;
mod path;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::data::rows_in;
use super::request::{refuse_unknown, stands_at, typed};
use super::table::named_point;
use crate::error::{Error, Result};
use crate::judgment::{Answer, Cost};
use crate::outcome::Outcome;
use crate::record::rows::{ExchangeRow, Labels, NodeRow, PlannedRow, QuoteRow, SpanRow, TreeRow};
use crate::spec::condition::Condition;
use crate::task::Question;

pub use beside::{Beside, Flaw, beside, flaws};
pub use path::deciding;

/// Characters of a quote or claim that a line has room for.
const WIDTH_MAX: usize = 100;
/// Quotes shown for one node.
const QUOTES_MAX: usize = 3;
/// Other trees of an instance that are named.
const OTHERS_MAX: usize = 40;

/// Which tree to draw.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The instance.
    pub instance: &'a str,
    /// The arm; the largest tree where none is named.
    pub arm: Option<&'a str>,
    /// The seed; the first where none is named.
    pub seed: Option<u64>,
    /// The points of the sweep, as for a plot.
    pub when: &'a Condition,
}

/// A tree, and the point of the sweep that it was grown at.
struct Found {
    tree: TreeRow,
    swept: Labels,
}

impl Found {
    /// How well it is what was asked for: first by how many of the settings that are tested it knows, with few others, then by
    /// its size.
    fn fitness(&self, when: &Condition) -> (usize, Reverse<usize>, usize) {
        let known = when.tests().filter(|(path, _)| self.swept.contains_key(*path)).count();
        let others = if when.is_empty() { 0 } else { self.swept.len() };
        (known, Reverse(others), self.tree.nodes.len())
    }
}

/// Finds the tree in a run's records and draws it.
///
/// # Errors
/// [`Error::Usage`] for a folder that is no run, a condition on what no cell knows, and an instance without a tree.
pub fn drawn(run: &Path, wanted: &Wanted) -> Result<String> {
    let found = trees_of(run, wanted)?;
    // Of equals the first.
    let Some(chosen) = found.iter().rev().max_by_key(|found| found.fitness(wanted.when)) else {
        return Err(Error::Usage(format!(
            "no tree of instance `{}` is in `{}` at this arm, seed and point of the sweep\n  its instances.jsonl lists the \
             instances with their arms, seeds and swept values",
            wanted.instance,
            run.display()
        )));
    };
    let mut drawing = Drawing::of(chosen, run);
    drawing.head(&chosen.swept);
    drawing.nodes();
    drawing.legend();
    let others: Vec<String> = found.iter().filter(|other| !std::ptr::eq(*other, chosen)).map(named).collect();
    if !others.is_empty() {
        let left = match others.len().saturating_sub(OTHERS_MAX) {
            0 => String::new(),
            left => format!("\n  and {left} more: name an arm, a seed or a point to see which"),
        };
        let shown = others[..others.len().min(OTHERS_MAX)].join("\n  ");
        let _ = write!(drawing.out, "\nother trees of this instance:\n  {shown}{left}\n");
    }
    Ok(drawing.out)
}

/// The arguments that name a tree apart from all others of its instance.
fn named(found: &Found) -> String {
    let point = found
        .swept
        .iter()
        .map(|(path, value)| format!(" --when {}", as_shell_word(&format!("{path}={}", typed(value)))));
    format!("--arm {} --seed {}{}", found.tree.arm, found.tree.seed, point.collect::<String>())
}

/// A word as a shell takes it.
pub(super) fn as_shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/=:+,@".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The trees that are wanted, in the order of the run.
fn trees_of(run: &Path, wanted: &Wanted) -> Result<Vec<Found>> {
    let planned: Vec<PlannedRow> = rows_in(&run.join("cells.jsonl"))?;
    if planned.is_empty() {
        return Err(Error::Usage(format!(
            "no `cells.jsonl` in `{}`: it is no run, or one of an older program\n  run the experiment (again) with `tribunal run`",
            run.display()
        )));
    }
    refuse_unknown(wanted.when, || planned.iter().map(|row| (row.arm.as_str(), &row.swept)))?;
    let fits = |row: &&PlannedRow| {
        wanted.arm.is_none_or(|arm| row.arm == arm)
            && wanted.seed.is_none_or(|seed| row.seed == seed)
            && stands_at(wanted.when, &row.arm, &row.swept)
    };
    let mut found = Vec::new();
    for row in planned.iter().filter(fits) {
        let path = run.join("cells").join(&row.cell).join("trees.jsonl");
        // A cell that is not done has no file.
        if path.exists() {
            let trees = trees_in(&path, wanted.instance)?;
            found.extend(trees.into_iter().map(|tree| Found { tree, swept: row.swept.clone() }));
        }
    }
    Ok(found)
}

/// The trees of an instance in a cell's file. Rows are looked into only where they name it.
fn trees_in(path: &Path, instance: &str) -> Result<Vec<TreeRow>> {
    let fails = |cause: &dyn std::fmt::Display| Error::file("read", path, cause);
    let file = File::open(path).map_err(|cause| fails(&cause))?;
    let named = serde_json::json!(instance).to_string();
    let mut found = Vec::new();
    for line in BufReader::new(file).lines() {
        let line = line.map_err(|cause| fails(&cause))?;
        if line.contains(&named) {
            let row: TreeRow = serde_json::from_str(&line).map_err(|cause| fails(&cause))?;
            found.extend((row.instance == instance).then_some(row));
        }
    }
    Ok(found)
}

struct Drawing<'a> {
    tree: &'a TreeRow,
    /// The nodes that decided.
    path: Vec<u32>,
    /// How each node stands beside the truth.
    beside: BTreeMap<u32, Beside>,
    /// The flaws that parts saw.
    flaws: Vec<Flaw>,
    /// The nodes that lost one.
    losing: BTreeSet<u32>,
    /// The material; empty where it was not kept.
    text: String,
    out: String,
}

impl<'a> Drawing<'a> {
    fn of(found: &'a Found, run: &Path) -> Self {
        let tree = &found.tree;
        let text = std::fs::read_to_string(run.join("materials").join(format!("{}.txt", tree.material)));
        let stands = beside(tree);
        let flaws = flaws(tree, &stands);
        Self {
            tree,
            path: deciding(tree),
            beside: tree.nodes.iter().map(|node| node.id).zip(stands).collect(),
            losing: flaws.iter().filter_map(|flaw| flaw.lost).collect(),
            flaws,
            text: text.unwrap_or_default(),
            out: String::new(),
        }
    }

    fn head(&mut self, swept: &Labels) {
        let tree = self.tree;
        let labels: Vec<String> = tree.labels.iter().map(|(name, value)| format!("{name} {value}")).collect();
        self.line(&format!("instance {} ({})", tree.instance, labels.join(", ")));
        let point = named_point(&tree.arm, swept);
        self.line(&format!("arm {point}, seed {}, cell {}: {}", tree.seed, tree.cell, spent(&tree.cost)));
        self.line(&format!("\n{}", tree.question));
        for (index, claims) in tree.candidates.iter().enumerate() {
            let right = if tree.right.map(usize::from) == Some(index) { " (right)" } else { "" };
            self.line(&format!("  candidate {}{right}", letter(index)));
            for (number, claim) in claims.iter().enumerate() {
                self.line(&format!("    {}{}  {}", letter(index), number + 1, claim));
            }
        }
        self.line("");
    }

    /// Nodes stand after their parents, so one pass over a list of children in order draws the tree.
    fn nodes(&mut self) {
        let tree = self.tree;
        let mut children: BTreeMap<Option<u32>, Vec<&NodeRow>> = BTreeMap::new();
        for node in &tree.nodes {
            children.entry(node.parent).or_default().push(node);
        }
        let mut open: Vec<(&NodeRow, String, &str)> = vec![];
        open.extend(children.get(&None).into_iter().flatten().map(|root| (*root, String::new(), "")));
        while let Some((node, margin, branch)) = open.pop() {
            let below = match branch {
                "" => String::new(),
                "└─ " => format!("{margin}   "),
                _ => format!("{margin}│  "),
            };
            let own = children.get(&Some(node.id)).map_or(&[][..], Vec::as_slice);
            let under = if own.is_empty() { format!("{below}   ") } else { format!("{below}│  ") };
            self.node(node, &format!("{margin}{branch}"), &under);
            let last = own.len().saturating_sub(1);
            let drawn = own
                .iter()
                .enumerate()
                .map(|(at, child)| (*child, below.clone(), if at == last { "└─ " } else { "├─ " }));
            open.extend(drawn.collect::<Vec<_>>().into_iter().rev());
        }
    }

    fn node(&mut self, node: &NodeRow, head: &str, under: &str) {
        let (came_to, quotes) = node.verdict().map_or((None, &[][..]), |(it, quotes)| (Some(it), quotes));
        let verdict = came_to.map_or_else(|| "nothing".to_owned(), outcome);
        let stands = self.beside.get(&node.id).map_or("", |stands| stands.words());
        let lost = if self.losing.contains(&node.id) { "lost here" } else { "" };
        let words: Vec<&str> = [stands, lost].into_iter().filter(|words| !words.is_empty()).collect();
        let words = if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) };
        let mark = if self.path.contains(&node.id) { " ◀" } else { "" };
        self.line(&format!("{head}#{} {} -> {verdict}{words}{mark}", node.id, self.asked(node)));
        for exchange in &node.exchanges {
            self.line(&format!("{under}{}", exchanged(exchange)));
        }
        for quote in quotes.iter().take(QUOTES_MAX) {
            let line = format!("{under}\"{}\" ({:.2})", self.quoted(quote), quote.2);
            self.line(&line);
        }
    }

    /// What the marks mean, and what became of the flaws that parts saw.
    fn legend(&mut self) {
        self.line("\n◀ the parts that speak most for what was answered above them");
        self.line("in brackets: how a verdict stands beside the truth; lost here: a part saw the flaw, and this no longer says so");
        let told = |flaw: &Flaw| match flaw.lost {
            Some(lost) => format!("the flaw that #{} saw was lost at #{lost}", flaw.seen),
            None => format!("the flaw that #{} saw came up to the root", flaw.seen),
        };
        let told: Vec<String> = self.flaws.iter().map(told).collect();
        told.iter().for_each(|line| self.line(line));
    }

    /// What a node asks, and of how much material.
    fn asked(&self, node: &NodeRow) -> String {
        let question = match self.tree.question_of(node) {
            Some(Question::Claim { candidate, claim }) => format!("{}{}?", letter(usize::from(*candidate)), claim + 1),
            Some(Question::Summary { .. }) => "summary".to_owned(),
            Some(Question::Which) | None => "which candidate is right?".to_owned(),
        };
        let bytes: u32 = node.spans.iter().map(|span| span.1.saturating_sub(span.0)).sum();
        let place = match (node.spans.first(), node.spans.last()) {
            (Some(SpanRow(start, _)), Some(SpanRow(_, end))) => format!(" bytes {start}..{end}"),
            _ => String::new(),
        };
        if node.spans.len() > 1 { format!("{question}{place}, {bytes} of them") } else { format!("{question}{place}") }
    }

    fn quoted(&self, quote: &QuoteRow) -> String {
        let text = self.text.get(quote.0 as usize..quote.1 as usize).unwrap_or("its material was not kept");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match text.char_indices().nth(WIDTH_MAX) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }
}

/// One exchange in a line: who was asked what, what came, what was shown and what it cost.
fn exchanged(exchange: &ExchangeRow) -> String {
    let role = format!("{:?}", exchange.role).to_lowercase();
    let shown = &exchange.shown;
    let parts = [(shown.spans.len(), "span"), (shown.quotes.len(), "quote"), (shown.messages.len(), "judgment")];
    let read: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| counted(*count as u64, what)).collect();
    let read = if read.is_empty() { "nothing".to_owned() } else { read.join(", ") };
    let places = if exchange.places.are_as_given() { "" } else { " with the options in mirrored places" };
    format!("{role} says {}, shown {read}{places}: {}", outcome(&exchange.outcome), spent(&exchange.cost))
}

fn outcome(outcome: &Outcome<Answer>) -> String {
    match outcome {
        Outcome::Scored(answer) => answer.render(),
        Outcome::Unparsable(why) => format!("unparsable: {why}"),
        Outcome::Refused(why) => format!("refused: {why}"),
        Outcome::OverBudget => "over budget".to_owned(),
        Outcome::Failed(why) => format!("failed: {why}"),
    }
}

fn spent(cost: &Cost) -> String {
    let columns =
        [(cost.evaluator_tokens, "evaluator token"), (cost.helper_tokens, "helper token"), (cost.asks, "ask")];
    let spent: Vec<String> =
        columns.iter().filter(|(count, _)| *count > 0).map(|(count, what)| counted(*count, what)).collect();
    if spent.is_empty() { "nothing spent".to_owned() } else { spent.join(", ") }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A, B, ..., Z, then 27, 28, ...
fn letter(index: usize) -> String {
    match u8::try_from(index) {
        Ok(small) if small < 26 => char::from(b'A' + small).to_string(),
        _ => (index + 1).to_string(),
    }
}
