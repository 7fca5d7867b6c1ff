//! Generated books: truth, balance, twins, searchability, and what a reader without the book can know.

use tribunal::task::books::{Books, Config};
use tribunal::task::{Says, Split, Task};

fn small() -> Config {
    Config { tokens: 6_000, ..Config::default() }
}

#[test]
fn a_perfect_reader_of_the_whole_book_comes_to_the_truth() {
    let books = Books::new(small()).unwrap();
    for split in [Split::Train, Split::Test] {
        let drawn = books.draw(split, 500, 3).unwrap();
        for instance in &drawn.instances {
            let truth = drawn.truths.of(instance).unwrap();
            let whole = [instance.material.whole()];
            for (c, claims) in truth.claims.iter().enumerate() {
                assert_eq!(claims.iter().all(|claim| claim.holds), c == truth.right, "{}", instance.id);
                for (k, claim) in claims.iter().enumerate() {
                    let says = if claim.holds { Says::Supports } else { Says::Refutes };
                    let text = &instance.candidates[c].claims[k];
                    assert_eq!(claim.says_in(&whole), says, "{}: {text}", instance.id);
                    let sentences = instance.material.smallest();
                    for set in &claim.evidence {
                        assert!(!set.spans.is_empty(), "{}: {text}", instance.id);
                        assert!(set.spans.iter().all(|span| sentences.binary_search(span).is_ok()));
                    }
                }
            }
        }
    }
}

/// Not a check: `cargo test --release --test books_generated sample -- --ignored --nocapture` prints a book to read.
#[test]
#[ignore = "prints a book for a person to read"]
fn sample() {
    let books = Books::new(Config { tokens: 20_000, ..Config::default() }).unwrap();
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let drawn = books.draw(Split::Test, 56, seed).unwrap();
    let material = &drawn.instances[0].material;
    for chapter in material.level("chapter").unwrap().units.iter().take(4) {
        println!("----\n{}\n", material.text(*chapter));
    }
    for instance in drawn.instances.iter().step_by(2) {
        let truth = drawn.truths.of(instance).unwrap();
        println!("==== {} {:?} right {}", instance.id, instance.labels, truth.right);
        for (candidate, claims) in instance.candidates.iter().zip(&truth.claims) {
            for (text, claim) in candidate.claims.iter().zip(claims) {
                println!("  {} {text}", if claim.holds { "+" } else { "-" });
                for set in &claim.evidence {
                    println!("      {:?} {}", set.says, set.rank);
                    set.spans.iter().for_each(|span| println!("        | {}", instance.material.text(*span)));
                }
            }
        }
    }
}
