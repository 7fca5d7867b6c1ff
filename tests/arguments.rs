//! Strategies of arguments as transcripts: who is asked what, hearing what, until the verdict.
//!
//! A node is played against scripted replies. A line is one step: asks as `role wanted (heard)`, where `r2` is the reply to
//! exchange 2, `rq2` its quotes, `rp2` the passages around them; or the split, or the verdict.

#[path = "arguments/best_of.rs"]
mod the_best_of;

use std::fmt::Write as _;

use tribunal::judgment::{
    Answer, Argument, Cost, Kind, Point, Quote, Reply, Role, Sort, Stance, Verdict, View, Wanted,
};
use tribunal::material::Span;
use tribunal::outcome::Outcome;
use tribunal::strategy::consultancy::{self, Side};
use tribunal::strategy::debate::{self, Opens, Order, Positions, Questions, Sees, Sides};
use tribunal::strategy::{AskPlan, Child, Config, Exchange, Item, NodeView, Step, best_of, critique};
use tribunal::task::{Question, Reading, SplitRule};

/// A node and what it was asked so far.
struct Played {
    question: Question,
    depth: u16,
    lot: u32,
    /// The probabilities of the children's claims, where the node was split.
    children: Option<Vec<f32>>,
}

fn root() -> Played {
    Played { question: Question::Which, depth: 0, lot: 0, children: None }
}

/// Plays a node to its verdict or to a split, and writes down every step.
fn play(config: &Config, played: &Played, reply: impl Fn(&AskPlan, usize) -> Outcome<Reply>) -> String {
    let strategy = config.build();
    let questions = [Question::Claim { candidate: 0, claim: 1 }, Question::Claim { candidate: 1, claim: 0 }];
    let verdicts: Vec<Verdict> = played.children.iter().flatten().map(|p| holds(*p)).collect();
    let children: Vec<Child> =
        questions.iter().zip(&verdicts).map(|(question, verdict)| Child { question, verdict }).collect();
    let mut exchanges: Vec<Exchange> = Vec::new();
    let mut text = String::new();
    loop {
        let step = strategy.step(&NodeView {
            question: &played.question,
            depth: played.depth,
            options: 2,
            lot: played.lot,
            exchanges: &exchanges,
            was_split: played.children.is_some(),
            children: &children,
        });
        match step {
            Step::Ask(plans) => {
                let asked: Vec<String> = plans.iter().map(plan).collect();
                let _ = writeln!(text, "{}", asked.join("; "));
                for plan in plans {
                    let outcome = reply(&plan, exchanges.len());
                    exchanges.push(exchange(&plan, outcome));
                }
            }
            Step::Split { rule, evaluator_share } => {
                let rule = match rule {
                    SplitRule::Disputed { claims } => format!("disputed {claims:?}"),
                    SplitRule::Around { places, chunk_tokens } => {
                        let starts: Vec<u32> = places.iter().map(|place| place.start).collect();
                        format!("around {starts:?}, {chunk_tokens}")
                    }
                    other => format!("{other:?}"),
                };
                let _ = writeln!(text, "split {rule}, evaluator {evaluator_share}");
                return text;
            }
            Step::Done(verdict) => {
                let _ = writeln!(text, "done {}", verdict.render());
                return text;
            }
        }
    }
}

fn holds(p: f32) -> Verdict {
    Verdict::of(Outcome::Scored(Answer::Distribution(vec![p, 1.0 - p, 0.0])))
}

fn exchange(plan: &AskPlan, outcome: Outcome<Reply>) -> Exchange {
    Exchange {
        role: plan.role,
        wanted: plan.wanted,
        sample: plan.sample,
        places: plan.places,
        view: View::default(),
        heard: Vec::new(),
        cost: Cost::default(),
        outcome,
    }
}

fn plan(plan: &AskPlan) -> String {
    let wanted = match plan.wanted {
        Wanted::Argue { stance: Stance::For(side), .. } => format!("for {side}"),
        Wanted::Argue { stance: Stance::Against(side), .. } => format!("against {side}"),
        Wanted::Argue { stance: Stance::Open, .. } => "for its own side".into(),
        Wanted::Claims { sort: Sort::Doubtful, .. } => "doubts".into(),
        Wanted::Claims { sort: Sort::Flawed, .. } => "flaws".into(),
        Wanted::Choice(_) => "verdict".into(),
        other => format!("{:?}", other.kind()).to_lowercase(),
    };
    let items: Vec<String> = plan
        .items
        .iter()
        .map(|item| match item {
            Item::Reading(Reading::Search) => "search".into(),
            Item::Reply(at) => format!("r{at}"),
            Item::QuotesOf(at) => format!("rq{at}"),
            Item::PassagesOf(at) => format!("rp{at}"),
            other => format!("{other:?}"),
        })
        .collect();
    let wanted = if plan.places.are_as_given() { wanted } else { format!("{wanted}, mirrored") };
    let sample = if plan.sample == 0 { String::new() } else { format!(" #{}", plan.sample) };
    format!("{} {wanted}{sample} ({})", format!("{:?}", plan.role).to_lowercase(), items.join(" "))
}

/// Debaters speak of claim 0.1 or 1.0 with a quote, the judge is 70% for the first option.
fn usual(plan: &AskPlan, at: usize) -> Outcome<Reply> {
    let answer = match plan.wanted {
        Wanted::Argue { stance, .. } => {
            let (side, candidate, claim) = match stance {
                Stance::For(side) => (Some(side), 1 - side, u16::from(side == 1)),
                Stance::Against(of) => (None, of, u16::from(of == 0)),
                Stance::Open => (Some(1), 0, 1),
            };
            let points = vec![Point { candidate, claim, p_holds: 0.1, quotes: 1 }];
            Answer::Argument(Box::new(Argument { side, conviction: 0.9, points }))
        }
        Wanted::Claims { .. } => {
            let points = vec![Point { candidate: 0, claim: 1, p_holds: 0.2, quotes: 0 }];
            Answer::Argument(Box::new(Argument { side: None, conviction: 0.5, points }))
        }
        Wanted::Predicate => Answer::Distribution(vec![0.8, 0.2, 0.0]),
        _ => Answer::Distribution(vec![0.7, 0.3]),
    };
    let quotes = vec![Quote { span: Span::new(10 * at, 10 * at + 5), weight: 1.0 }];
    Outcome::Scored(Reply { answer, quotes, by_text: None, model_calls: 0, micro_dollars: 0 })
}

fn debate(change: impl FnOnce(&mut debate::Config)) -> Config {
    let mut config = debate::Config::default();
    change(&mut config);
    assert!(Config::Debate(config.clone()).check().is_ok());
    Config::Debate(config)
}

#[test]
fn debaters_speak_in_turn_and_hear_all_before_them() {
    insta::assert_snapshot!(play(&debate(|_| ()), &root(), usual), @r"
    debater for 0 (search)
    debater for 1 (r0 rq0 search)
    debater for 0 (r0 rq0 r1 rq1 search)
    debater for 1 (r0 rq0 r1 rq1 r2 rq2 search)
    evaluator verdict (r0 rq0 r1 rq1 r2 rq2 r3 rq3 search)
    done 0.70/0.30
    ");
}

#[test]
fn at_once_they_hear_earlier_rounds_only_and_the_judge_may_read_no_material() {
    let config = debate(|c| (c.order, c.judge_sees) = (Order::Simultaneous, Sees::Transcript));
    insta::assert_snapshot!(play(&config, &root(), usual), @r"
    debater for 0 (search); debater for 1 (search)
    debater for 0 (r0 rq0 r1 rq1 search); debater for 1 (r0 rq0 r1 rq1 search)
    evaluator verdict (r0 rq0 r1 rq1 r2 rq2 r3 rq3)
    done 0.70/0.30
    ");
}

#[test]
fn the_judge_asks_between_rounds_and_debaters_hear_what() {
    let config = debate(|c| c.questions = Questions::BetweenRounds);
    insta::assert_snapshot!(play(&config, &root(), usual), @r"
    debater for 0 (search)
    debater for 1 (r0 rq0 search)
    evaluator doubts (r0 r1)
    debater for 0 (r0 rq0 r1 rq1 r2 rq2 search)
    debater for 1 (r0 rq0 r1 rq1 r2 rq2 r3 rq3 search)
    evaluator verdict (r0 rq0 r1 rq1 r3 rq3 r4 rq4 search)
    done 0.70/0.30
    ");
}

#[test]
fn in_both_orders_side_by_side_the_verdicts_are_combined() {
    let config = debate(|c| (c.turns, c.positions, c.opens) = (2, Positions::Swapped, Opens::Second));
    // The judge is 70% for the first option after one debate and 80% after the other: (0.7 * 0.8)^(1/2) to (0.3 * 0.2)^(1/2).
    let reply = |plan: &AskPlan, at: usize| match (plan.wanted, at) {
        (Wanted::Choice(_), 5) => Outcome::Scored(Reply {
            answer: Answer::Distribution(vec![0.8, 0.2]),
            quotes: Vec::new(),
            by_text: None,
            model_calls: 0,
            micro_dollars: 0,
        }),
        _ => usual(plan, at),
    };
    insta::assert_snapshot!(play(&config, &root(), reply), @r"
    debater for 1 (search); debater for 0, mirrored (search)
    debater for 0 (r0 rq0 search); debater for 1, mirrored (r1 rq1 search)
    evaluator verdict (r0 rq0 r2 rq2 search); evaluator verdict, mirrored (r1 rq1 r3 rq3 search)
    done 0.75/0.25
    ");
}

#[test]
fn a_verdict_that_is_not_reached_is_what_becomes_of_all() {
    let config = debate(|c| (c.turns, c.repeats) = (2, 2));
    let reply = |plan: &AskPlan, at: usize| if at == 4 { Outcome::OverBudget } else { usual(plan, at) };
    insta::assert_snapshot!(play(&config, &root(), reply), @r"
    debater for 0 (search); debater for 0 #1 (search)
    debater for 1 (r0 rq0 search); debater for 1 #1 (r1 rq1 search)
    evaluator verdict (r0 rq0 r2 rq2 search); evaluator verdict #1 (r1 rq1 r3 rq3 search)
    done overbudget
    ");
    let never = |plan: &AskPlan, at: usize| match plan.wanted {
        Wanted::Choice(_) => Outcome::OverBudget,
        _ => usual(plan, at),
    };
    assert!(play(&config, &root(), never).ends_with("done overbudget\n"));
}

#[test]
fn with_open_sides_the_second_debater_takes_what_the_first_leaves() {
    let config = debate(|c| (c.turns, c.sides) = (4, Sides::Open));
    insta::assert_snapshot!(play(&config, &root(), usual), @r"
    debater for its own side (search)
    debater for 0 (r0 rq0 search)
    debater for 1 (r0 rq0 r1 rq1 search)
    debater for 0 (r0 rq0 r1 rq1 r2 rq2 search)
    evaluator verdict (r0 rq0 r1 rq1 r2 rq2 r3 rq3 search)
    done 0.70/0.30
    ");
}

#[test]
fn a_recursive_debate_challenges_claims_and_narrows_to_what_the_judge_can_read() {
    let config = debate(|c| c.narrows = vec![500, 60]);
    insta::assert_snapshot!(play(&config, &root(), usual), @r"
    debater against 1 (search); debater against 0 (search)
    split disputed [(1, 0), (0, 1)], evaluator 1
    ");
    let claim = |depth| Played { question: Question::Claim { candidate: 0, claim: 1 }, depth, ..root() };
    insta::assert_snapshot!(play(&config, &claim(1), usual), @r"
    debater against 0 (search); debater for 0 (search)
    split around [0, 10], 500, evaluator 1
    ");
    insta::assert_snapshot!(play(&config, &claim(2), usual), @r"
    debater against 0 (search); debater for 0 (search)
    split around [0, 10], 60, evaluator 1
    ");
    // Below the last level, and where nothing narrower is left, the judge reads.
    insta::assert_snapshot!(play(&config, &claim(3), usual), @r"
    evaluator predicate (search)
    done 0.80/0.20/0.00
    ");
    let in_vain = Played { children: Some(Vec::new()), ..claim(1) };
    insta::assert_snapshot!(play(&config, &in_vain, usual), @r"
    evaluator predicate (search)
    done 0.80/0.20/0.00
    ");
    // What became of the challenges: the first option's claim stood, the second's fell.
    let challenged = Played { children: Some(vec![0.8, 0.4]), ..root() };
    insta::assert_snapshot!(play(&config, &challenged, usual), @r"
    debater against 1 (search); debater against 0 (search)
    done 0.86/0.14
    ");
    let unchallenged = |plan: &AskPlan, at: usize| match plan.wanted {
        Wanted::Argue { .. } => Outcome::Refused("nothing to say".into()),
        _ => usual(plan, at),
    };
    assert!(play(&config, &root(), unchallenged).ends_with("done refused\n"), "nobody spoke");
    // Both spoke and had nothing against the other: an even verdict. A challenge that nobody judged is none.
    let content = |plan: &AskPlan, at: usize| {
        usual(plan, at).map(|reply| match reply.answer {
            Answer::Argument(mut argument) => {
                argument.points.clear();
                Reply { answer: Answer::Argument(argument), ..reply }
            }
            _ => reply,
        })
    };
    assert!(play(&config, &root(), content).ends_with("done 0.50/0.50\n"), "nothing was challenged");
}

#[test]
fn an_adviser_argues_for_the_side_that_its_lot_falls_on_or_for_its_own() {
    let drawn = Config::Consultancy(consultancy::Config::default());
    insta::assert_snapshot!(play(&drawn, &Played { lot: 7, ..root() }, usual), @r"
    adviser for 1 (search)
    adviser for 1 (r0 rq0 search)
    evaluator verdict (r0 rq0 r1 rq1 search)
    done 0.70/0.30
    ");
    let config = consultancy::Config { side: Side::Open, questions: Questions::BetweenRounds, ..Default::default() };
    insta::assert_snapshot!(play(&Config::Consultancy(config), &root(), usual), @r"
    adviser for its own side (search)
    evaluator doubts (r0)
    adviser for 1 (r0 rq0 r1 rq1 search)
    evaluator verdict (r0 rq0 r2 rq2 search)
    done 0.70/0.30
    ");
}

#[test]
fn critics_point_at_flaws_and_the_judge_checks_those_places() {
    let config = critique::Config::default();
    insta::assert_snapshot!(play(&Config::Critique(config), &root(), usual), @r"
    critic against 0 (search); critic against 1 (search)
    evaluator verdict (r0 rq0 r1 rq1 rp0 rp1 search)
    done 0.70/0.30
    ");
    // Asked for flaws, the judge finds one in the first candidate: 0.2 to 1 for the other.
    let flaws = critique::Config { judges: critique::Judges::Flaws, ..config };
    insta::assert_snapshot!(play(&Config::Critique(flaws), &root(), usual), @r"
    critic against 0 (search); critic against 1 (search)
    evaluator flaws (r0 rq0 r1 rq1 rp0 rp1 search)
    done 0.17/0.83
    ");
    let alone = critique::Config { assistance: critique::Assistance::Alone, ..flaws };
    insta::assert_snapshot!(play(&Config::Critique(alone), &root(), usual), @r"
    evaluator flaws (search)
    done 0.17/0.83
    ");
}

#[test]
fn protocols_that_favour_a_side_or_go_nowhere_are_refused() {
    let fault = |config: Config| config.check().expect_err("a fault").to_string();
    let odd = Config::Debate(debate::Config { turns: 3, ..Default::default() });
    assert!(fault(odd).contains("3 turns give one side a turn more"), "uneven");
    let open = debate::Config { sides: Sides::Open, order: Order::Simultaneous, ..Default::default() };
    assert!(fault(Config::Debate(open)).contains("must hear which"));
    let widening = debate::Config { narrows: vec![100, 200], ..Default::default() };
    assert!(fault(Config::Debate(widening)).contains("does not narrow"));
    let of_nothing = best_of::Config { n: vec![4], of: Box::new(Config::Direct(Default::default())) };
    assert!(fault(Config::BestOf(of_nothing)).contains("`direct` asks for no argument"));
    let too_many = best_of::Config { n: vec![65], of: Box::new(Config::Debate(Default::default())) };
    assert!(fault(Config::BestOf(too_many)).contains("out of range"));
}
