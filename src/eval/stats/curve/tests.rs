//! Curves come back from points on them and near them; what cannot bear one is refused.

use super::*;

fn on(xs: &[f64], y: impl Fn(f64) -> f64) -> Vec<Point> {
    xs.iter().map(|x| Point { x: *x, y: y(*x), standard_error: None }).collect()
}

fn points(of: &[(f64, f64)]) -> Vec<Point> {
    of.iter().map(|(x, y)| Point { x: *x, y: *y, standard_error: None }).collect()
}

const XS: [f64; 6] = [1.0, 4.0, 16.0, 40.0, 100.0, 400.0];

#[test]
fn points_on_a_curve_give_it_back() {
    for curve in [
        Curve::Power { factor: 0.4, exponent: -0.3 },
        Curve::Power { factor: 2e-3, exponent: 1.75 },
        Curve::OffsetPower { offset: 0.2, factor: 0.6, exponent: -0.5 },
        Curve::OffsetPower { offset: 0.95, factor: -0.4, exponent: -0.8 },
        Curve::OffsetPower { offset: -3.0, factor: 0.01, exponent: 1.2 },
        Curve::Logarithm { at_one: 0.6, per_decade: 0.05 },
        Curve::BestOfN { offset: 0.1, gain: BestOfN { alpha: 0.8, beta: 0.2 } },
        Curve::Reinforced { offset: -0.2, gain: Reinforced { alpha: 0.5, beta: 0.15 } },
    ] {
        let form = match curve {
            Curve::Power { .. } => Form::Power,
            Curve::OffsetPower { .. } => Form::OffsetPower,
            Curve::BestOfN { .. } => Form::BestOfN,
            Curve::Reinforced { .. } => Form::Reinforced,
            Curve::Logarithm { .. } | Curve::ClippedLine(_) => Form::Logarithm,
        };
        let found = fit(form, &on(&XS, |x| curve.at(x))).unwrap();
        for (x, wanted) in XS.iter().map(|x| (x, curve.at(*x))) {
            assert!((found.at(*x) - wanted).abs() < 1e-9 * wanted.abs().max(0.1), "{curve}: {found} at {x}");
        }
        let numbers = |curve: &Curve| match curve {
            Curve::Power { factor, exponent } => vec![*factor, *exponent],
            Curve::OffsetPower { offset, factor, exponent } => vec![*offset, *factor, *exponent],
            Curve::Logarithm { at_one, per_decade } => vec![*at_one, *per_decade],
            Curve::ClippedLine(line) => vec![line.slope, line.intercept],
            Curve::BestOfN { offset, gain } => vec![*offset, gain.alpha, gain.beta],
            Curve::Reinforced { offset, gain } => vec![*offset, gain.alpha, gain.beta],
        };
        for (found, wanted) in numbers(&found).iter().zip(numbers(&curve)) {
            assert!((found - wanted).abs() < 1e-6 * (1.0 + wanted.abs()), "{curve}: {found}");
        }
    }
}

#[test]
fn the_simplest_form_that_foretells_the_largest_scale_is_chosen() {
    let clipped = ClippedLine { slope: 0.25, intercept: 0.3, floor: Some(0.4), ceiling: Some(0.8) };
    let many: Vec<f64> = (0..12).map(|i| 10f64.powf(f64::from(i) * 0.25)).collect();
    for (form, y) in [
        (Form::Power, Box::new(|x: f64| 0.5 * x.powf(0.1)) as Box<dyn Fn(f64) -> f64>),
        (Form::Logarithm, Box::new(|x: f64| 0.5 + 0.04 * x.log10())),
        (Form::OffsetPower, Box::new(|x: f64| 0.9 - 0.4 * x.powf(-0.7))),
        (Form::ClippedLine, Box::new(move |x: f64| clipped.at(x.log10()))),
    ] {
        let tried = choose(&on(&many, y)).unwrap();
        assert_eq!(tried[0].form, form, "{tried:?}");
        assert!(tried[0].held_out.is_some_and(|off| off < 1e-6), "{tried:?}");
        assert_eq!(tried.len(), 4);
    }
    let three = choose(&on(&[1.0, 10.0, 100.0], |x| 0.5 + 0.04 * x.log10())).unwrap();
    assert!(three[0].form == Form::Logarithm && three[0].held_out.is_none(), "nothing to hold out: {three:?}");
}

#[test]
fn parameters_come_back_from_noisy_points() {
    let truth = Curve::OffsetPower { offset: 0.2, factor: 0.6, exponent: -0.5 };
    let xs: Vec<f64> = (0..10).map(|i| 10f64.powf(f64::from(i) / 3.0)).collect();
    let error = 0.005;
    let (mut offsets, mut exponents) = (Vec::new(), Vec::new());
    for turn in 0..200u64 {
        let mut at = 0;
        let noisy: Vec<Point> = xs
            .iter()
            .map(|x| {
                at += 1;
                let stream = Stream::root(11).index(turn).index(at);
                let normal = super::super::normal_quantile(stream.uniform().clamp(1e-9, 1.0 - 1e-9));
                Point { x: *x, y: truth.at(*x) + error * normal, standard_error: Some(error) }
            })
            .collect();
        let Ok(Curve::OffsetPower { offset, exponent, .. }) = fit(Form::OffsetPower, &noisy) else { panic!("{turn}") };
        offsets.push(offset);
        exponents.push(exponent);
    }
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    assert!((mean(&offsets) - 0.2).abs() < 0.005, "{}", mean(&offsets));
    assert!((mean(&exponents) + 0.5).abs() < 0.02, "{}", mean(&exponents));
}

#[test]
fn a_point_known_to_little_moves_little() {
    let mut known = on(&XS, |x| 0.5 + 0.1 * x.log10());
    known.iter_mut().for_each(|point| point.standard_error = Some(0.01));
    known[2].y += 0.5;
    let off = |points: &[Point]| (fit(Form::Logarithm, points).unwrap().at(10.0) - 0.6).abs();
    let alike = off(&known);
    known[2].standard_error = Some(1.0);
    assert!(off(&known) < 0.001 * alike, "{} against {alike}", off(&known));
    known[2].standard_error = None;
    assert!((off(&known) - alike).abs() < 1e-12, "where one is not known all count alike");
}

#[test]
fn what_cannot_bear_a_curve_is_refused_and_says_so() {
    let narrow = fit(Form::Power, &points(&[(8.0, 0.1), (16.0, 0.2), (64.0, 0.3)])).unwrap_err();
    assert_eq!(narrow, Refusal::Span(8.0));
    assert_eq!(narrow.to_string(), "no curve: x spans a factor of 8.0, and it takes 10");
    assert_eq!(fit(Form::Power, &points(&[(1.0, 0.1), (100.0, 0.2)])), Err(Refusal::Points(2, 3)));
    let two_scales = points(&[(1.0, 0.1), (10.0, 0.2), (100.0, 0.25)]);
    assert_eq!(fit(Form::OffsetPower, &two_scales), Err(Refusal::Points(3, 4)));
    let one = fit(Form::Logarithm, &points(&[(8.0, 0.1)])).unwrap_err();
    assert_eq!(one.to_string(), "no curve: one point to fit, and it takes 3 at different x");
    assert_eq!(choose(&points(&[(8.0, 0.1)])), Err(one));
    assert_eq!(fit(Form::Power, &points(&[(1.0, 0.1), (10.0, 0.0), (100.0, 0.2)])), Err(Refusal::NotPositive));
    assert_eq!(fit(Form::Logarithm, &points(&[(0.0, 0.1), (1.0, 0.1), (10.0, 0.0)])), Err(Refusal::NotPositive));
    assert!(fit(Form::Logarithm, &points(&[(0.1, 0.1), (0.3, 0.1), (1.0, 0.0)])).is_ok());
    assert_eq!(fit(Form::Power, &[]), Err(Refusal::Points(0, 3)));
    // No divergence is where training begins, and half a candidate is nothing.
    let from_zero = points(&[(0.0, 0.1), (1.0, 0.5), (4.0, 0.6), (20.0, 0.4)]);
    assert!(fit(Form::Reinforced, &from_zero).is_ok());
    assert_eq!(fit(Form::BestOfN, &from_zero), Err(Refusal::NotPositive));
    assert_eq!(
        fit(Form::Reinforced, &points(&[(-1.0, 0.0), (1.0, 0.5), (4.0, 0.6), (20.0, 0.4)])),
        Err(Refusal::NotPositive)
    );
}

#[test]
fn names_are_those_of_experiment_files() {
    assert!(Form::ALL.into_iter().all(|form| Form::named(form.name()) == Some(form)));
    assert_eq!((Form::named("log"), Form::named("cubic")), (Some(Form::Logarithm), None));
}

#[test]
fn the_band_holds_the_curve_and_narrows_with_units() {
    let xs = [1.0f64, 10.0, 100.0];
    let units = |count: u64| -> Vec<Vec<Cluster>> {
        let root = Stream::root(2);
        xs.iter()
            .enumerate()
            .map(|(i, x)| {
                let mean = 0.5 + 0.1 * x.log10();
                (0..count)
                    .map(|u| Cluster { sum: mean + root.index(u).index(i as u64).uniform() - 0.5, n: 1.0 })
                    .collect()
            })
            .collect()
    };
    let points = on(&xs, |x| 0.5 + 0.1 * x.log10());
    let width = |count| {
        let band = band(Form::Logarithm, &points, &units(count), &[10.0], Stream::root(9)).unwrap();
        assert!(band[0].contains(0.6), "{band:?}");
        band[0].high - band[0].low
    };
    assert!(width(400) < 0.5 * width(40));
    assert_eq!(band(Form::Logarithm, &points, &units(1), &[10.0], Stream::root(9)), None);
}

#[test]
fn curves_of_overoptimisation_say_where_most_is_gained() {
    let best_of_n = Curve::BestOfN { offset: 0.5, gain: BestOfN { alpha: 0.3, beta: 0.1 } };
    assert_eq!(best_of_n.to_string(), "0.500 + d (0.300 -0.100 d), d = √KL of the best of x, most at d = 1.50");
    let rising = Curve::Reinforced { offset: 0.5, gain: Reinforced { alpha: 0.3, beta: -0.1 } };
    assert_eq!(rising.to_string(), "0.500 + d (0.300 +0.100 ln d), d = √x");
    // One candidate is no choice, and no divergence no training.
    assert_eq!((best_of_n.at(1.0), rising.at(0.0)), (0.5, 0.5));
}

#[test]
fn the_band_of_few_units_holds_the_curve_as_often_as_it_says() {
    let (xs, middle) = ([1.0f64, 10.0, 100.0], [10.0]);
    let truth = |x: f64| 0.5 + 0.1 * x.log10();
    for count in [5, 8] {
        let (runs, root) = (600, Stream::root(17).index(count));
        // Each unit has a level and a slope of its own, and errs at every x by itself.
        let held = (0..runs).filter(|run| {
            let unit = |x: f64, unit: u64| {
                let own = root.index(*run).index(unit);
                let off = |name: &str| own.named(name).uniform() - 0.5;
                let err = own.named("err").bytes(&x.to_le_bytes()).uniform() - 0.5;
                Cluster { sum: truth(x) + off("level") + 0.2 * off("slope") * x.log10() + 0.3 * err, n: 1.0 }
            };
            let at: Vec<Vec<Cluster>> = xs.iter().map(|x| (0..count).map(|k| unit(*x, k)).collect()).collect();
            let found = band(Form::Logarithm, &on(&xs, truth), &at, &middle, Stream::root(0)).unwrap();
            found[0].contains(truth(middle[0]))
        });
        let rate = held.count() as f64 / runs as f64;
        println!("{count} units: the band held the curve {:.1}% of the time", 100.0 * rate);
        assert!((0.925..0.98).contains(&rate), "{count} units: {rate}");
    }
}
