//! One tree as text: its nodes with what was asked at them, of whom, at what cost, and what they came to.

mod path;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::data::rows_in;
use crate::error::{Error, Result};
use crate::judgment::{Answer, Cost};
use crate::outcome::Outcome;
use crate::record::rows::{ExchangeRow, NodeRow, QuoteRow, ResultRow, SpanRow, TreeRow};
use crate::task::Question;

pub use path::deciding;

/// Characters of a quote or claim that a line has room for.
const WIDTH_MAX: usize = 100;
/// Quotes shown for one node.
const QUOTES_MAX: usize = 3;

/// Which tree to draw.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The instance.
    pub instance: &'a str,
    /// The arm; the largest tree where none is named.
    pub arm: Option<&'a str>,
    /// The seed; the first where none is named.
    pub seed: Option<u64>,
}

/// Finds the tree in a run's records and draws it.
pub fn drawn(run: &Path, wanted: &Wanted) -> Result<String> {
    let found = trees_of(run, wanted)?;
    let Some(tree) = found.iter().rev().max_by_key(|tree| tree.nodes.len()) else {
        return Err(Error::Usage(format!(
            "no tree of instance `{}` is in `{}`\n  its instances.jsonl lists the instances, arms and seeds",
            wanted.instance,
            run.display()
        )));
    };
    let text = std::fs::read_to_string(run.join("materials").join(format!("{}.txt", tree.material)));
    let mut drawing = Drawing { tree, path: deciding(tree), text: text.unwrap_or_default(), out: String::new() };
    drawing.head();
    drawing.nodes();
    drawing.line("\n◀ the parts that speak most for what was answered above them");
    let mut others: Vec<String> = found
        .iter()
        .filter(|other| (&other.cell, &other.arm) != (&tree.cell, &tree.arm))
        .map(|other| format!("--arm {} --seed {}", other.arm, other.seed))
        .collect();
    others.dedup();
    if !others.is_empty() {
        let _ = write!(drawing.out, "\nother trees of this instance:\n  {}\n", others.join("\n  "));
    }
    Ok(drawing.out)
}

/// The trees that are wanted, in the order of the run.
fn trees_of(run: &Path, wanted: &Wanted) -> Result<Vec<TreeRow>> {
    let results: Vec<ResultRow> = rows_in(&run.join("results.jsonl"))?;
    let mut found = Vec::new();
    let mut cells: Vec<&str> = Vec::new();
    for row in results.iter().filter(|row| !row.cell.is_empty()) {
        let fits = wanted.arm.is_none_or(|arm| row.arm == arm) && wanted.seed.is_none_or(|s| row.seed == Some(s));
        if fits && !cells.contains(&row.cell.as_str()) {
            cells.push(&row.cell);
            found.extend(trees_in(&run.join("cells").join(&row.cell).join("trees.jsonl"), wanted.instance)?);
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
    /// The material; empty where it was not kept.
    text: String,
    out: String,
}

impl Drawing<'_> {
    fn head(&mut self) {
        let tree = self.tree;
        let labels: Vec<String> = tree.labels.iter().map(|(name, value)| format!("{name} {value}")).collect();
        self.line(&format!("instance {} ({})", tree.instance, labels.join(", ")));
        self.line(&format!("arm {}, seed {}, cell {}: {}", tree.arm, tree.seed, tree.cell, spent(&tree.cost)));
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
        let mark = if self.path.contains(&node.id) { " ◀" } else { "" };
        self.line(&format!("{head}#{} {} -> {verdict}{mark}", node.id, self.asked(node)));
        for exchange in &node.exchanges {
            self.line(&format!("{under}{}", exchanged(exchange)));
        }
        for quote in quotes.iter().take(QUOTES_MAX) {
            let line = format!("{under}\"{}\" ({:.2})", self.quoted(quote), quote.2);
            self.line(&line);
        }
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
    format!("{role} says {}, shown {read}: {}", outcome(&exchange.outcome), spent(&exchange.cost))
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
