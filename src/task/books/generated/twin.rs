//! Twin worlds: from stories to two books, pairs of candidates, and their truth in each book.

use crate::labels::Labels;
use crate::stream::Stream;
use crate::task::books::flaw::Flaw;
use crate::task::books::generated::scenario::{SCENARIOS, Scenario, Story};
use crate::task::books::generated::template::{Dice, Slots};
use crate::task::books::generated::world::{Book, World};
use crate::task::books::generated::{background, chapters, daily, lexicon};
use crate::task::books::{Config, QUESTION};
use crate::task::{Candidate, ClaimTruth, Evidence, Instance, Says, Split, Truth};

/// A thread of a world: a story, its scenario, and the variant that book 0 tells.
struct Thread {
    scenario: &'static Scenario,
    story: Story,
    variant: usize,
    contested: bool,
    /// The chapter of its first scene: claims are stated in the order of the story.
    chapter: usize,
}

impl Thread {
    /// The variant that a book tells.
    fn told_in(&self, book: usize) -> usize {
        if self.contested { self.variant ^ book } else { self.variant }
    }
}

/// A claim of a candidate: the thread's claim of that variant, in one phrasing.
struct Stated {
    thread: usize,
    variant: usize,
    text: String,
}

/// The instances of the `index`-th twin of a split: for every pair, one in each book.
pub fn draw(config: &Config, split: Split, name: &str, index: usize, stream: &Stream) -> Vec<(Instance, Truth)> {
    let mut world = World::new(Dice::new(stream.named("world").rng(), split), chapters(config));
    let threads = threads(&mut world, config, index);
    fill(&mut world, &threads, config.tokens);
    let books = [0, 1].map(|book| world.book(|thread| threads[thread].told_in(book), config.passage_tokens));
    let mut dice = Dice::new(stream.named("pairs").rng(), split);
    let mut drawn = Vec::new();
    for pair in 0..config.pairs_per_twin {
        let mut candidates = [0, 1].map(|variant| vec![key_claim(&threads[pair], pair, variant, &mut dice)]);
        add_true_claims(&mut candidates, &threads, config, &mut dice);
        if dice.coin(0.5) {
            candidates.reverse();
        }
        for (b, book) in books.iter().enumerate() {
            let truth = truth(&candidates, &threads, b, book);
            let side = ["a", "b"][b];
            let needed = passages_needed(&truth, &candidates, pair, book);
            let labels = Labels::from([
                ("cluster".to_owned(), format!("{name}-{index}")),
                ("book".to_owned(), format!("{name}-{index}-{side}")),
                ("flaw".to_owned(), threads[pair].scenario.flaw.name().to_owned()),
                ("scenario".to_owned(), threads[pair].scenario.name.to_owned()),
                ("passages_needed".to_owned(), needed.to_string()),
            ]);
            let instance = Instance {
                id: format!("books-{name}-{index}-{pair}-{side}"),
                material: book.material.clone(),
                question: QUESTION.to_owned(),
                candidates: candidates
                    .iter()
                    .map(|stated| Candidate { claims: stated.iter().map(|s| s.text.clone()).collect() })
                    .collect(),
                labels,
            };
            drawn.push((instance, truth));
        }
    }
    drawn
}

/// The contested threads, whose kinds of flaw take turns over all twins, and the background.
fn threads(world: &mut World, config: &Config, index: usize) -> Vec<Thread> {
    let mut threads = Vec::new();
    for i in 0..config.pairs_per_twin + background(config) {
        let contested = i < config.pairs_per_twin;
        let turn = (index * config.pairs_per_twin + i) % Flaw::ALL.len();
        // The background is drawn like what is contested, lest its claims be known by their kind.
        let flaw = if contested { Flaw::ALL[turn] } else { *world.dice.one(&Flaw::ALL) };
        let scenario = drawn_scenario(world, flaw);
        world.thread = i;
        let story = (scenario.write)(world);
        let variant = world.dice.below(2);
        let scenes = story.supports.iter().flatten().flatten();
        let chapter = scenes.map(|scene| world.chapter(*scene)).min().unwrap_or(0);
        threads.push(Thread { scenario, story, variant, contested, chapter });
    }
    threads
}

/// A scenario of one kind of flaw, by its weight.
fn drawn_scenario(world: &mut World, flaw: Flaw) -> &'static Scenario {
    let allowed: Vec<&'static Scenario> = SCENARIOS
        .iter()
        .flat_map(|kind| kind.iter())
        .filter(|s| s.flaw == flaw && (world.dice.test_forms() || !s.test_only))
        .collect();
    let mut ticket = world.dice.below(allowed.iter().map(|s| s.weight).sum());
    for scenario in &allowed {
        if ticket < scenario.weight {
            return scenario;
        }
        ticket -= scenario.weight;
    }
    unreachable!("a ticket is below the sum of the weights")
}

/// Openings, rumours about every thread, and daily life up to the length of the book.
fn fill(world: &mut World, threads: &[Thread], tokens: usize) {
    for chapter in 0..world.chapters() {
        let month = lexicon::MONTHS[chapter % lexicon::MONTHS.len()];
        let form = world.dealt("openings", daily::OPENINGS);
        world.open_chapter(chapter, &[form], &Slots::default().with('m', month));
    }
    for thread in threads {
        let story = &thread.story;
        if story.people.is_empty() || world.dice.coin(0.3) {
            continue;
        }
        let about = world.dice.one(&story.people).clone();
        let b = world.another(&story.people);
        let place = world.any_place();
        let slots = Slots::default().with('p', &about).with('b', &b).with('l', &place);
        let chapter = world.dice.below(world.chapters());
        match &story.thing {
            Some(thing) => {
                let form = world.dealt("rumours", daily::RUMOURS);
                world.tell(chapter, &[form], &slots.with('o', thing))
            }
            None => {
                let form = world.dealt("gossip", daily::GOSSIP);
                world.tell(chapter, &[form], &slots)
            }
        };
    }
    while world.tokens() < tokens {
        let [a, b] = world.idlers();
        let chapter = world.dice.below(world.chapters());
        let form = daily_scene(world);
        let place = world.any_place();
        world.tell(chapter, &[&form], &Slots::default().with('a', &a).with('b', &b).with('l', &place));
    }
}

/// A scene that was written whole, or one put together.
fn daily_scene(world: &mut World) -> String {
    if world.dice.coin(0.3) {
        return world.dealt("daily", daily::DAILY).to_owned();
    }
    let mut sentences = vec![world.dealt("doings", daily::DOINGS)];
    if !sentences[0].contains("{B}") {
        sentences.push(world.dealt("arrivals", daily::ARRIVALS));
    }
    let mut rest = vec![world.dealt("notices", daily::NOTICES), world.dealt("sayings", daily::SAYINGS)];
    if world.dice.coin(0.5) {
        rest.push(world.dealt("notices", daily::NOTICES));
    }
    world.dice.shuffle(&mut rest);
    sentences.extend(rest);
    if world.dice.coin(0.6) {
        sentences.push(world.dealt("closes", daily::CLOSES));
    }
    sentences.join(" // ")
}

fn key_claim(thread: &Thread, pair: usize, variant: usize, dice: &mut Dice) -> Stated {
    Stated { thread: pair, variant, text: dice.one(&thread.story.claims[variant]).clone() }
}

/// Gives both candidates as many claims that hold in both books, and puts them in the order of the story. Half of the
/// pairs say one of these things twice, once in each candidate and in other words: that both speak of a matter does not
/// mean that they disagree.
fn add_true_claims(candidates: &mut [Vec<Stated>; 2], threads: &[Thread], config: &Config, dice: &mut Dice) {
    let claims = (config.claims_per_candidate + dice.below(3)).saturating_sub(1).max(1);
    let mut background: Vec<usize> = (config.pairs_per_twin..threads.len()).collect();
    dice.shuffle(&mut background);
    let phrasings = |thread: usize| &threads[thread].story.claims[threads[thread].variant];
    let stated = |thread: usize, text: &String| Stated { thread, variant: threads[thread].variant, text: text.clone() };
    if claims > 1
        && dice.coin(0.5)
        && let Some(at) = background.iter().position(|thread| phrasings(*thread).len() > 1)
    {
        let thread = background.swap_remove(at);
        let mut texts: Vec<&String> = phrasings(thread).iter().collect();
        dice.shuffle(&mut texts);
        candidates[0].push(stated(thread, texts[0]));
        candidates[1].push(stated(thread, texts[1]));
    }
    for candidate in candidates.iter_mut() {
        while candidate.len() < claims {
            let Some(thread) = background.pop() else { break };
            candidate.push(stated(thread, dice.one(phrasings(thread))));
        }
        dice.shuffle(candidate);
        candidate.sort_by_key(|stated| threads[stated.thread].chapter);
    }
}

fn truth(candidates: &[Vec<Stated>; 2], threads: &[Thread], b: usize, book: &Book) -> Truth {
    let claims: Vec<Vec<ClaimTruth>> = candidates
        .iter()
        .map(|stated| stated.iter().map(|s| claim_truth(s.variant, &threads[s.thread], b, book)).collect())
        .collect();
    let right = usize::from(!claims[0].iter().all(|claim| claim.holds));
    Truth { right, claims }
}

/// The truth of a thread's claim of `variant` in a book: the proof outranks the appearance.
fn claim_truth(variant: usize, thread: &Thread, b: usize, book: &Book) -> ClaimTruth {
    let told = thread.told_in(b);
    let holds = told == variant;
    let story = &thread.story;
    let (sets, says) =
        if holds { (&story.supports[told], Says::Supports) } else { (&story.refutes[told], Says::Refutes) };
    let mut evidence: Vec<Evidence> =
        sets.iter().map(|scenes| Evidence { spans: book.facts(scenes), says, rank: 1 }).collect();
    if let Some((scene, towards)) = story.appearance[told] {
        let says = if towards == variant { Says::Supports } else { Says::Refutes };
        evidence.push(Evidence { spans: book.facts(&[scene]), says, rank: 0 });
    }
    ClaimTruth::new(holds, evidence)
}

/// The passages that must be read to see that the pair's false claim is false: those of the smallest set that
/// refutes it.
fn passages_needed(truth: &Truth, candidates: &[Vec<Stated>; 2], pair: usize, book: &Book) -> usize {
    let claims = truth.claims.iter().zip(candidates).flat_map(|(claims, stated)| claims.iter().zip(stated));
    let flawed = claims.filter(|(claim, stated)| stated.thread == pair && !claim.holds);
    let sets = flawed.flat_map(|(claim, _)| claim.evidence.iter().filter(|set| set.says == Says::Refutes));
    sets.map(|set| book.passages(&set.spans)).min().unwrap_or(0)
}
