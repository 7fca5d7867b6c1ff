//! Every strategy as a table: the view of a node goes in, its next step comes out.
//!
//! A row reads `question@depth [asked so far] (children) -> step`. Children and replies are given by the probability
//! that they hold (for a claim) or that the first option is right; `-` is one that came to nothing.

use tribunal::judgment::{Answer, Cost, Places, Quote, Reply, Role, Verdict, View, Wanted};
use tribunal::material::Span;
use tribunal::outcome::Outcome;
use tribunal::strategy::rrm::{self, Assistance, Cover, Place, Told, Top};
use tribunal::strategy::{Child, Config, Exchange, Item, NodeView, Step, blind, direct, summary};
use tribunal::task::{Question, Reading, SplitRule};

/// A node as a row of a table describes it.
struct Row {
    question: Question,
    depth: u16,
    /// Who was asked here, and the probability that came back.
    asked: Vec<(Role, Option<f32>)>,
    /// The number drawn for the instance.
    lot: u32,
    /// The children's probabilities, once the node was split.
    children: Option<Vec<Option<f32>>>,
}

fn which() -> Row {
    Row { question: Question::Which, depth: 0, asked: Vec::new(), lot: 0, children: None }
}

fn claim(depth: u16) -> Row {
    Row { question: Question::Claim { candidate: 0, claim: 0 }, depth, ..which() }
}

fn part(depth: u16) -> Row {
    Row { question: Question::Summary { query_focused: false }, depth, ..which() }
}

impl Row {
    fn asked(mut self, role: Role, p: impl Into<Option<f32>>) -> Self {
        self.asked.push((role, p.into()));
        self
    }

    fn split(mut self, children: &[f32]) -> Self {
        self.children = Some(children.iter().copied().map(Some).collect());
        self
    }

    fn split_in_vain(mut self) -> Self {
        self.children = Some(Vec::new());
        self
    }

    /// What the strategy does next, in words.
    fn step(&self, config: &Config) -> String {
        let distribution = |p: f32, question: &Question| match question {
            Question::Which => vec![p, 1.0 - p],
            _ => vec![p, 1.0 - p, 0.0],
        };
        let exchanges: Vec<Exchange> = self
            .asked
            .iter()
            .map(|(role, p)| Exchange {
                role: *role,
                wanted: Wanted::Predicate,
                sample: 0,
                places: Places::AsGiven,
                view: View::default(),
                heard: Vec::new(),
                cost: Cost::default(),
                outcome: match p {
                    Some(p) => Outcome::Scored(Reply {
                        answer: Answer::Distribution(distribution(*p, &self.question)),
                        quotes: vec![Quote { span: Span::new(0, 1), weight: 1.0 }],
                        by_text: None,
                        model_calls: 0,
                        micro_dollars: 0,
                    }),
                    None => Outcome::Failed("no reply".into()),
                },
            })
            .collect();
        let count = self.children.as_ref().map_or(0, Vec::len);
        // A root's children are the claims of two candidates in turn; a claim's are its own.
        let questions: Vec<Question> = (0..count)
            .map(|i| match self.question {
                Question::Which if !matches!(config, Config::Summary(_)) => {
                    Question::Claim { candidate: (i * 2 / count) as u16, claim: (i % (count / 2)) as u16 }
                }
                Question::Which => Question::Summary { query_focused: false },
                ref same => same.clone(),
            })
            .collect();
        let verdicts: Vec<Verdict> = (0..count)
            .map(|i| match self.children.as_ref().and_then(|children| children[i]) {
                Some(p) => Verdict {
                    outcome: Outcome::Scored(Answer::Distribution(vec![p, 1.0 - p, 0.0])),
                    quotes: vec![Quote { span: Span::new(10 * i + 10, 10 * i + 15), weight: p }],
                },
                None => Verdict::of(Outcome::OverBudget),
            })
            .collect();
        let children: Vec<Child> =
            questions.iter().zip(&verdicts).map(|(question, verdict)| Child { question, verdict }).collect();
        let step = config.build().step(&NodeView {
            question: &self.question,
            depth: self.depth,
            options: 2,
            lot: self.lot,
            exchanges: &exchanges,
            was_split: self.children.is_some(),
            children: &children,
        });
        render(&step)
    }
}

fn render(step: &Step) -> String {
    match step {
        Step::Split { rule, evaluator_share } => {
            let rule = match rule {
                SplitRule::ByClaim => "by claim".to_owned(),
                SplitRule::BySearch { fan_out, chunk_tokens } => format!("by search, {fan_out} x {chunk_tokens}"),
                SplitRule::ByPart { fan_out } => format!("by part, {fan_out}"),
                SplitRule::BySummary { query_focused } => format!("by summary, focused {query_focused}"),
                SplitRule::Disputed { claims } => format!("disputed {claims:?}"),
                SplitRule::Around { places, chunk_tokens } => format!("around {}, {chunk_tokens}", places.len()),
            };
            format!("split {rule}, evaluator {evaluator_share}")
        }
        Step::Ask(plans) => plans
            .iter()
            .map(|plan| {
                let items: Vec<String> = plan.items.iter().map(item).collect();
                let role = format!("{:?}", plan.role).to_lowercase();
                let kind = format!("{:?}", plan.wanted.kind()).to_lowercase();
                let limit = plan.reads_tokens_max.map(|tokens| format!(" (at most {tokens})")).unwrap_or_default();
                let items = if items.is_empty() { "nothing".into() } else { items.join(" ") };
                format!("ask {role} {kind}: {items}{limit}")
            })
            .collect::<Vec<_>>()
            .join("; "),
        Step::Done(verdict) if verdict.quotes.is_empty() => format!("done {}", verdict.render()),
        Step::Done(verdict) => format!("done {}, {} quotes", verdict.render(), verdict.quotes.len()),
    }
}

fn item(item: &Item) -> String {
    match item {
        Item::Reading(Reading::First) => "pages".into(),
        Item::Reading(Reading::Search) => "search".into(),
        Item::Judgment(child) => format!("j{child}"),
        Item::Quote(child, at) => format!("q{child}.{at}"),
        Item::Text(child) => format!("t{child}"),
        Item::Reply(exchange) => format!("r{exchange}"),
        Item::QuotesOf(exchange) => format!("rq{exchange}"),
        Item::PassagesOf(exchange) => format!("rp{exchange}"),
    }
}

fn table(config: Config, rows: Vec<(Row, &str)>) {
    for (at, (row, expected)) in rows.into_iter().enumerate() {
        assert_eq!(row.step(&config), expected, "row {at} of {config:?}");
    }
}

use Role::{Assistant, Evaluator, Summariser};

#[test]
fn blind_shows_nothing_and_takes_the_word_of_the_assistant() {
    table(
        Config::Blind(blind::Config::default()),
        vec![
            (which(), "ask assistant choice: nothing"),
            (which().asked(Assistant, 0.7), "done 0.70/0.30, 1 quotes"),
            (which().asked(Assistant, None), "done failed"),
        ],
    );
}

#[test]
fn blind_to_the_material_claims_are_judged_one_by_one() {
    table(
        Config::Blind(blind::Config { asks: blind::Asks::Claims }),
        vec![
            (which(), "split by claim, evaluator 0"),
            (claim(1), "ask assistant predicate: nothing"),
            (claim(1).asked(Assistant, 0.9), "done 0.90/0.10/0.00, 1 quotes"),
            (which().split(&[0.9, 0.3]), "done 0.75/0.25"),
        ],
    );
}

#[test]
fn direct_reads_in_the_order_of_its_setting() {
    let rows = |reading: &'static str| {
        vec![
            (which(), reading),
            (which().asked(Evaluator, 0.2), "done 0.20/0.80, 1 quotes"),
            (which().asked(Evaluator, None), "done failed"),
        ]
    };
    let direct = |reads| Config::Direct(direct::Config { reads });
    table(direct(Reading::Search), rows("ask evaluator choice: search"));
    table(direct(Reading::First), rows("ask evaluator choice: pages"));
    assert_eq!(direct::Config::default().reads, Reading::Search);
}

fn tree(config: rrm::Config) -> Config {
    Config::Rrm(rrm::Config { fan_out: 2, reads_tokens: 800, ..config })
}

#[test]
fn rrm_splits_into_claims_then_passages_and_judges_on_the_way_up() {
    table(
        tree(rrm::Config { top: Top::Rule, ..Default::default() }),
        vec![
            (which(), "split by claim, evaluator 0"),
            (claim(1), "split by search, 2 x 400, evaluator 0"),
            // A leaf is read; a claim is judged from what its parts came to, with the best they quote.
            (claim(2), "ask assistant predicate: search"),
            (claim(2).asked(Assistant, 0.9), "done 0.90/0.10/0.00, 1 quotes"),
            (claim(1).split(&[0.9, 0.4]), "ask assistant predicate: j0 j1 q0.0 q1.0"),
            (claim(1).split(&[0.9, 0.4]).asked(Assistant, 0.8), "done 0.80/0.20/0.00, 3 quotes"),
            // A claim that could not be split is read as a leaf.
            (claim(1).split_in_vain(), "ask assistant predicate: search"),
            // The most doubtful claims come first, then their quotes, then raw material; a judgment of one half says
            // nothing and is left out.
            (which().split(&[0.9, 0.2, 0.6, 0.5]), "ask evaluator choice: j1 j2 j0 q1.0 q3.0 q2.0 q0.0 search"),
            // A quote that hardly bears on its claim is not worth the tokens.
            (which().split(&[0.9, 0.1]), "ask evaluator choice: j1 j0 q0.0 search"),
            (which().split(&[0.9, 0.2]).asked(Evaluator, 0.6), "done 0.60/0.40, 1 quotes"),
            (which().split(&[0.9, 0.2]).asked(Evaluator, None), "done failed"),
            (which().split_in_vain(), "ask evaluator choice: search"),
        ],
    );
}

#[test]
fn rrm_told_by_claim_shows_each_judgment_with_its_quotes_and_equal_ones_by_turns_of_the_candidates() {
    table(
        tree(rrm::Config { top: Top::Rule, told: Told::ByClaim, ..Default::default() }),
        vec![
            (which().split(&[0.9, 0.2, 0.6, 0.5]), "ask evaluator choice: j1 q1.0 q3.0 j2 q2.0 j0 q0.0 search"),
            (which().split(&[0.9, 0.9, 0.9, 0.9]), "ask evaluator choice: j0 q0.0 j2 q2.0 j1 q1.0 j3 q3.0 search"),
            (which().split(&[0.9, 0.1]), "ask evaluator choice: j1 j0 q0.0 search"),
        ],
    );
    // By kind, equal ones stand in the order of the question: a budget that ends among them hears of the first candidate.
    table(
        tree(rrm::Config { top: Top::Rule, ..Default::default() }),
        vec![(which().split(&[0.9, 0.9, 0.9, 0.9]), "ask evaluator choice: j0 j1 j2 j3 q0.0 q1.0 q2.0 q3.0 search")],
    );
}

#[test]
fn rrm_with_a_learned_top_lets_the_evaluator_hear_it_first() {
    table(
        tree(rrm::Config { top: Top::Learned, ..Default::default() }),
        vec![
            (which().split(&[0.9, 0.2]), "ask assistant choice: j0 j1"),
            (which().split(&[0.9, 0.2]).asked(Assistant, 0.7), "ask evaluator choice: r0 j1 j0 q1.0 q0.0 search"),
            (which().split(&[0.9, 0.2]).asked(Assistant, 0.7).asked(Evaluator, 0.6), "done 0.60/0.40, 1 quotes"),
            // A top that failed to answer is still heard of, and the evaluator judges.
            (which().split(&[0.9, 0.2]).asked(Assistant, None), "ask evaluator choice: r0 j1 j0 q1.0 q0.0 search"),
            (which().split_in_vain(), "ask evaluator choice: search"),
        ],
    );
}

#[test]
fn rrm_depth_sets_the_layers_and_the_leaves_share_what_is_read() {
    let depth = |depth| tree(rrm::Config { depth, top: Top::Rule, ..Default::default() });
    table(
        depth(1),
        vec![
            (which(), "split by claim, evaluator 0"),
            // A claim that is its own leaf is read as far as its leaves would be.
            (claim(1), "ask assistant predicate: search (at most 800)"),
            (claim(1).asked(Assistant, 0.9), "done 0.90/0.10/0.00, 1 quotes"),
        ],
    );
    let labels = |evaluator_at| tree(rrm::Config { depth: 1, top: Top::Rule, evaluator_at, ..Default::default() });
    table(labels(Place::Leaf), vec![(claim(1), "ask evaluator predicate: search (at most 800)")]);
    // What the evaluator reads of a claim by itself is its budget's affair.
    table(labels(Place::Claim), vec![(claim(1), "ask evaluator predicate: search")]);
    table(
        depth(3),
        vec![
            (which(), "split by claim, evaluator 0"),
            (claim(1), "split by part, 2, evaluator 0"),
            (claim(2), "split by search, 2 x 200, evaluator 0"),
            (claim(3), "ask assistant predicate: search"),
            (claim(2).split(&[0.5, 0.5]), "ask assistant predicate: j0 j1 q0.0 q1.0"),
        ],
    );
    let exhaustive = tree(rrm::Config { cover: Cover::Exhaustive, ..Default::default() });
    table(exhaustive, vec![(claim(1), "split by part, 2, evaluator 0")]);
}

#[test]
fn rrm_labels_of_leaves_come_from_the_evaluator_and_are_added_up_by_rule() {
    table(
        tree(rrm::Config { evaluator_at: Place::Leaf, top: Top::Rule, ..Default::default() }),
        vec![
            // All of the evaluator's tokens go down to the leaves.
            (which(), "split by claim, evaluator 1"),
            (claim(1), "split by search, 2 x 400, evaluator 1"),
            (claim(2), "ask evaluator predicate: search"),
            (claim(2).asked(Evaluator, 0.9), "done 0.90/0.10/0.00, 1 quotes"),
            // Log-odds add up: two voices of 0.8 are one of 16/17; opposite voices leave a claim open.
            (claim(1).split(&[0.8, 0.8]), "done 0.94/0.06/0.00"),
            (claim(1).split(&[0.5, 0.5]), "done 0.00/0.00/1.00"),
            // A claim that could not be split is a leaf of its own.
            (claim(1).split_in_vain(), "ask evaluator predicate: search"),
            (which().split(&[0.9, 0.2]), "done 0.82/0.18"),
        ],
    );
}

#[test]
fn rrm_labels_of_claims_come_from_the_evaluator_with_the_parts_before_it_or_alone() {
    let at_claim =
        |assistance| tree(rrm::Config { evaluator_at: Place::Claim, top: Top::Rule, assistance, ..Default::default() });
    table(
        at_claim(Assistance::Tree),
        vec![
            (which(), "split by claim, evaluator 1"),
            (claim(1), "split by search, 2 x 400, evaluator 0"),
            (claim(2), "ask assistant predicate: search"),
            // Of parts, the heaviest quote comes first.
            (claim(1).split(&[0.3, 0.6]), "ask evaluator predicate: j0 j1 q1.0 q0.0 search"),
            (claim(1).split(&[0.6, 0.1]).asked(Evaluator, 0.3), "done 0.30/0.70/0.00, 3 quotes"),
            (which().split(&[0.9, 0.2]), "done 0.82/0.18"),
        ],
    );
    table(
        at_claim(Assistance::Alone),
        vec![
            (which(), "split by claim, evaluator 1"),
            (claim(1), "ask evaluator predicate: search"),
            (claim(1).asked(Evaluator, 0.3), "done 0.30/0.70/0.00, 1 quotes"),
        ],
    );
    // A label of a claim is made before there is a reward model above it.
    let learned = rrm::Config { evaluator_at: Place::Claim, top: Top::Learned, ..Default::default() };
    table(tree(learned), vec![(which().split(&[0.9, 0.2]), "done 0.82/0.18")]);
}

#[test]
fn rrm_alone_at_the_root_is_a_judge_without_a_tree() {
    let alone = rrm::Config { assistance: Assistance::Alone, top: Top::Rule, ..Default::default() };
    table(
        tree(alone),
        vec![(which(), "ask evaluator choice: search"), (which().asked(Evaluator, 0.6), "done 0.60/0.40, 1 quotes")],
    );
}

#[test]
fn rrm_without_an_evaluator_takes_the_word_of_its_helpers() {
    let nowhere = |top| tree(rrm::Config { evaluator_at: Place::Nowhere, top, ..Default::default() });
    table(
        nowhere(Top::Rule),
        vec![
            (which(), "split by claim, evaluator 0"),
            // A candidate is as likely as all of its claims together; one without a verdict counts as open.
            (which().split(&[0.9, 0.9, 0.9, 0.1]), "done 0.90/0.10"),
            (Row { children: Some(vec![Some(0.9), None]), ..which() }, "done 0.64/0.36"),
            (which().split_in_vain(), "done 0.50/0.50"),
        ],
    );
    table(
        nowhere(Top::Learned),
        vec![
            (which().split(&[0.9, 0.2]), "ask assistant choice: j0 j1"),
            (which().split(&[0.9, 0.2]).asked(Assistant, 0.7), "done 0.70/0.30, 1 quotes"),
        ],
    );
}

#[test]
fn summaries_are_written_from_the_leaves_up_and_judged_at_the_top() {
    let config = summary::Config { depth: 2, query_focused: true, summary_tokens_max: 40 };
    table(
        Config::Summary(config),
        vec![
            (which(), "split by summary, focused true, evaluator 0"),
            (part(1), "split by summary, focused true, evaluator 0"),
            (part(2), "ask summariser text: pages"),
            (part(2).asked(Summariser, None), "done failed"),
            (part(1).split(&[0.5, 0.5]), "ask summariser text: t0 t1"),
            (part(1).split_in_vain(), "ask summariser text: pages"),
            (which().split(&[0.5, 0.5]), "ask evaluator choice: t0 t1"),
            (which().split(&[0.5, 0.5]).asked(Evaluator, 0.6), "done 0.60/0.40, 1 quotes"),
            (which().split_in_vain(), "ask evaluator choice: pages"),
        ],
    );
    let shallow = summary::Config { depth: 1, ..config };
    table(Config::Summary(shallow), vec![(part(1), "ask summariser text: pages")]);
}
