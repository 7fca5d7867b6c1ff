//! Sweeps drawn at random, against a slow enumeration of all of their points.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

/// The paths that are drawn from, with their values; and the arms' own.
const PATHS: [(&str, [f64; 3]); 5] = [
    (NOTICE, [0.25, 0.5, 0.75]),
    (ERROR, [0.0, 0.125, 0.25]),
    (READER, [0.5, 0.75, 1.0]),
    (FAN_OUT, [2.0, 4.0, 8.0]),
    (TOKENS, [64.0, 128.0, 256.0]),
];
/// What they are where they are not varied.
const HOMES: [f64; 5] = [0.5, 0.25, 0.5, 2.0, 256.0];

/// A path with a value that passes.
type Passes = (usize, usize);

/// A sweep, drawn.
#[derive(Clone, Debug)]
struct Drawn {
    /// Paths in the order typed, with how many values each has.
    axes: Vec<(usize, usize)>,
    /// Whether the first two move together.
    is_zipped: bool,
    /// How many of the last axes are varied around that step of theirs, and whether the last two of them make a slice.
    centred: usize,
    centre: usize,
    is_sliced: bool,
    /// The last axis is varied only where the first has one of its values.
    last_when: Option<usize>,
    sweep_when: Vec<Vec<Passes>>,
    tree_when: Option<Passes>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let axes = Just((0..5usize).collect::<Vec<_>>()).prop_shuffle().prop_flat_map(|order| {
        (2..=5usize, proptest::collection::vec(1..=3usize, 5))
            .prop_map(move |(count, lens)| order.iter().copied().zip(lens).take(count).collect::<Vec<_>>())
    });
    let test = (0..5usize, 0..3usize);
    let alternatives = proptest::collection::vec(proptest::collection::vec(test.clone(), 1..3), 0..3);
    let form = (any::<bool>(), (0..=3usize, 0..3usize), any::<bool>());
    (axes, form, proptest::option::of(0..3usize), alternatives, proptest::option::of(test)).prop_map(
        |(mut axes, (is_zipped, (centred, centre), is_sliced), last_when, sweep_when, tree_when)| {
            if is_zipped {
                axes[1].1 = axes[0].1;
            }
            let centred = centred.min(axes.len() - if is_zipped { 2 } else { 0 });
            let known = |(axis, step): Passes| {
                let (path, len) = axes[axis % axes.len()];
                (path, step % len)
            };
            let sweep_when = sweep_when.into_iter().map(|all| {
                let mut tests: Vec<Passes> = all.into_iter().map(known).collect();
                tests.sort_unstable();
                tests.dedup_by_key(|test| test.0);
                tests
            });
            let sweep_when = sweep_when.collect();
            let last_when = last_when.filter(|_| axes.len() > 2).map(|step| step % axes[0].1);
            let tree_when = tree_when.map(known);
            let is_sliced = is_sliced && centred > 1;
            Drawn { is_zipped, centred, centre, is_sliced, last_when, sweep_when, tree_when, axes }
        },
    )
}

impl Drawn {
    fn to_toml(&self) -> String {
        let value = |path: usize, step: usize| match path {
            3 | 4 => format!("{}", PATHS[path].1[step]),
            _ => format!("{:?}", PATHS[path].1[step]),
        };
        let path = |at: usize| format!("\"{}\"", PATHS[at].0);
        let test = |(at, step): &Passes| format!("{} = {}", path(*at), value(*at, *step));
        let mut text = String::new();
        if let Some(tests) = &self.tree_when {
            text += &format!("[arms.tree.when]\n{}\n", test(tests));
        }
        text += "[sweep]\n";
        for (place, (at, len)) in self.axes.iter().enumerate() {
            let values: Vec<String> = (0..*len).map(|step| value(*at, step)).collect();
            let list = format!("[{}]", values.join(", "));
            let when = self.last_when.filter(|_| place + 1 == self.axes.len());
            text += &match when {
                Some(step) => {
                    format!("{} = {{ values = {list}, when = {{ {} }} }}\n", path(*at), test(&(self.axes[0].0, step)))
                }
                None => format!("{} = {list}\n", path(*at)),
            };
        }
        if self.is_zipped {
            text += &format!("zip = [[{}, {}]]\n", path(self.axes[0].0), path(self.axes[1].0));
        }
        let centred = self.axes.iter().rev().take(self.centred);
        let around: Vec<String> = centred.map(|(at, len)| test(&(*at, self.centre % len))).collect();
        if !around.is_empty() {
            text += &format!("around = {{ {} }}\n", around.join(", "));
        }
        if self.is_sliced {
            let last: Vec<String> = self.axes.iter().rev().take(2).map(|(at, _)| path(*at)).collect();
            text += &format!("slices = [[{}]]\n", last.join(", "));
        }
        let when: Vec<String> = self
            .sweep_when
            .iter()
            .map(|all| format!("{{ {} }}", all.iter().map(&test).collect::<Vec<_>>().join(", ")))
            .collect();
        if !when.is_empty() {
            text += &format!("when = [{}]\n", when.join(", "));
        }
        text
    }

    /// The points of an arm, by trying every value of every path, and throwing out what must not be.
    fn slowly(&self, arm: &str) -> Vec<Vec<(usize, f64)>> {
        let total: usize = self.axes.iter().map(|(_, len)| len).product();
        let mut kept: Vec<Vec<(usize, f64, bool)>> = Vec::new();
        for number in 0..total {
            // The last axis turns fastest.
            let mut steps = vec![0; self.axes.len()];
            let mut rest = number;
            for place in (0..steps.len()).rev() {
                (steps[place], rest) = (rest % self.axes[place].1, rest / self.axes[place].1);
            }
            let off = |place: &usize| {
                place + self.centred >= steps.len() && steps[*place] != self.centre % self.axes[*place].1
            };
            let off: Vec<usize> = (0..steps.len()).filter(off).collect();
            let in_slice = self.is_sliced && off.iter().all(|place| place + 2 >= steps.len());
            if (self.is_zipped && steps[0] != steps[1]) || (off.len() > 1 && !in_slice) {
                continue;
            }
            let mut at: Vec<(usize, f64, bool)> =
                self.axes.iter().zip(&steps).map(|((path, _), step)| (*path, PATHS[*path].1[*step], true)).collect();
            if self.last_when.is_some_and(|step| step != steps[0]) {
                let last = at.last_mut().expect("an axis");
                let (path, len) = self.axes[steps.len() - 1];
                *last = (path, if self.centred > 0 { PATHS[path].1[self.centre % len] } else { HOMES[path] }, false);
            }
            let is = |(path, step): &Passes| at.iter().any(|it| it.0 == *path && it.1 == PATHS[*path].1[*step]);
            let passes = self.sweep_when.is_empty() || self.sweep_when.iter().any(|all| all.iter().all(is));
            if passes && (arm != "tree" || self.tree_when.iter().all(is)) {
                kept.push(at);
            }
        }
        let is_varied = |path: usize| kept.iter().flatten().any(|it| it.0 == path && it.2);
        let is_used = |path: usize| arm == "tree" || ![READER, FAN_OUT].contains(&PATHS[path].0);
        let mut points: Vec<Vec<(usize, f64)>> = Vec::new();
        for at in &kept {
            let own: Vec<(usize, f64)> =
                at.iter().filter(|it| is_used(it.0) && is_varied(it.0)).map(|it| (it.0, it.1)).collect();
            if !points.contains(&own) {
                points.push(own);
            }
        }
        points
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, rng_seed: RngSeed::Fixed(6), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn points_are_those_of_a_slow_enumeration_in_its_order(drawn in drawn()) {
        let text = drawn.to_toml();
        let spec = typed(&text).unwrap_or_else(|e| panic!("{text}\n{e}")).spec;
        for arm in ["tree", "alone"] {
            let mut found: Vec<Vec<(String, f64)>> = chosen(&spec, arm)
                .expect("a sweep of a few points")
                .into_iter()
                .map(|settings| {
                    let number = |value: &toml::Value| label(value).parse().expect("a number");
                    settings.iter().map(|(path, value)| (path.clone(), number(value))).collect()
                })
                .collect();
            let mut slow: Vec<Vec<(String, f64)>> = drawn
                .slowly(arm)
                .into_iter()
                .map(|at| at.into_iter().map(|(path, value)| (PATHS[path].0.to_owned(), value)).collect())
                .collect();
            if arm != "tree" {
                // Axes that do not concern an arm do not turn for it, which may change its order.
                let order = |a: &Vec<(String, f64)>, b: &Vec<(String, f64)>| a.partial_cmp(b).expect("numbers");
                found.sort_by(order);
                slow.sort_by(order);
            }
            prop_assert_eq!(&found, &slow, "{}: {}", arm, text);
            let again = chosen(&spec, arm).expect("the same");
            prop_assert_eq!(again, chosen(&spec, arm).expect("the same"));
            let distinct: BTreeSet<String> = found.iter().map(|point| format!("{point:?}")).collect();
            prop_assert_eq!(distinct.len(), found.len(), "twice the same point: {}", text);
        }
        // What is shrunk still has a point wherever it had one.
        let mut shrunk = spec.clone();
        shrunk.shrink();
        for arm in ["tree", "alone"] {
            let (before, after) = (chosen(&spec, arm).expect("points"), chosen(&shrunk, arm).expect("points"));
            prop_assert_eq!(before.is_empty(), after.is_empty(), "{}: {}", arm, text);
        }
    }
}
