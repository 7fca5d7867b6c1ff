//! Axes: from values to places between 0 and 1, and the ticks that name them.

/// How values are laid along an axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Scale {
    /// In proportion, from `low` to `high`.
    Linear {
        /// The value at the start.
        low: f64,
        /// The value at the end.
        high: f64,
    },
    /// In proportion to the logarithm, from `low` to `high`, both above zero.
    Log {
        /// The value at the start.
        low: f64,
        /// The value at the end.
        high: f64,
    },
    /// One place for each name; the value of a name is its index, and fractions lie between.
    Names(Vec<String>),
}

/// An axis: what it shows, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What it shows, with its unit.
    pub label: String,
    /// How values are laid along it.
    pub scale: Scale,
    /// Values that deserve a tick of their own, in place of round ones.
    pub marked: Vec<f64>,
}

impl Axis {
    /// An axis in proportion that holds all of `values` with a little air, or `[0, 1]` where there are none.
    pub fn linear(label: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = range(values).unwrap_or((0.0, 1.0));
        let air = if high > low { 0.06 * (high - low) } else { 0.5 * high.abs().max(1e-3) };
        Self { label: label.to_owned(), scale: Scale::Linear { low: low - air, high: high + air }, marked: vec![] }
    }

    /// An axis from exactly `low` to exactly `high`.
    pub fn between(label: &str, low: f64, high: f64) -> Self {
        Self { label: label.to_owned(), scale: Scale::Linear { low, high }, marked: vec![] }
    }

    /// An axis for the swept values of a setting: logarithmic where they are above zero and span a decade, in
    /// proportion otherwise; each of them gets a tick.
    pub fn swept(label: &str, values: &[f64]) -> Self {
        let mut axis = Self::linear(label, values.iter().copied());
        if let Some((low, high)) = range(values.iter().copied())
            && low > 0.0
            && high / low >= 10.0 * (1.0 - 1e-9)
        {
            let air = (high / low).powf(0.06);
            axis.scale = Scale::Log { low: low / air, high: high * air };
        }
        axis.marked = values.to_vec();
        axis.marked.sort_by(f64::total_cmp);
        axis.marked.dedup();
        axis
    }

    /// An axis with one place for each name.
    pub fn names(label: &str, names: Vec<String>) -> Self {
        Self { label: label.to_owned(), scale: Scale::Names(names), marked: vec![] }
    }

    /// Where a value lies: 0 at the start, 1 at the end.
    pub fn place(&self, value: f64) -> f64 {
        match &self.scale {
            Scale::Linear { low, high } => (value - low) / (high - low),
            Scale::Log { low, high } => (value / low).ln() / (high / low).ln(),
            Scale::Names(names) => (value + 0.5) / names.len().max(1) as f64,
        }
    }

    /// The ticks, as value and text, those beyond the ends left out; about `count` of them where they may be chosen.
    pub fn ticks(&self, count: usize) -> Vec<(f64, String)> {
        let ticks = match &self.scale {
            Scale::Names(names) => names.iter().enumerate().map(|(i, name)| (i as f64, name.clone())).collect(),
            _ if !self.marked.is_empty() && self.marked.len() <= count + 4 => {
                self.marked.iter().map(|v| (*v, number(*v))).collect()
            }
            Scale::Linear { low, high } => round_ticks(*low, *high, count),
            Scale::Log { low, high } => decade_ticks(*low, *high),
        };
        ticks.into_iter().filter(|(v, _)| (-1e-9..=1.0 + 1e-9).contains(&self.place(*v))).collect()
    }
}

/// The least and the largest of some values.
pub fn range(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().fold(None, |range, v| match range {
        None => Some((v, v)),
        Some((low, high)) => Some((f64::min(low, v), f64::max(high, v))),
    })
}

/// Multiples of 1, 2 or 5 times a power of ten.
fn round_ticks(low: f64, high: f64, count: usize) -> Vec<(f64, String)> {
    let rough = (high - low) / count.max(1) as f64;
    if rough <= 0.0 || !rough.is_finite() {
        return vec![(low, number(low))];
    }
    let magnitude = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * magnitude).into_iter().find(|s| *s >= rough * (1.0 - 1e-9));
    let step = step.unwrap_or(10.0 * magnitude);
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last)
        .map(|i| {
            let value = i as f64 * step;
            (value, if decimals == 0 { number(value) } else { format!("{value:.decimals$}") })
        })
        .collect()
}

/// Powers of ten, with their doubles and halves where there are few.
fn decade_ticks(low: f64, high: f64) -> Vec<(f64, String)> {
    let factors: &[f64] = if high / low > 1e3 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    (low.log10().floor() as i32..=high.log10().ceil() as i32)
        .flat_map(|power| factors.iter().map(move |f| f * 10f64.powi(power)))
        .map(|v| (v, number(v)))
        .collect()
}

/// A number as people read it: whole numbers with thousands apart, others with no more digits than they need.
pub fn number(value: f64) -> String {
    if value.abs() >= 1e7 {
        return format!("{value:.0e}");
    }
    if value.fract() == 0.0 {
        let digits = format!("{:.0}", value.abs());
        let apart: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|c| str::from_utf8(c).unwrap_or("")).collect();
        return format!("{}{}", if value < 0.0 { "-" } else { "" }, apart.join(","));
    }
    if value.abs() >= 1e3 {
        return number(value.round());
    }
    let decimals = (3 - value.abs().log10().floor() as i32 - 1).clamp(1, 8) as usize;
    let text = format!("{value:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(ticks: Vec<(f64, String)>) -> Vec<String> {
        ticks.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(texts(Axis::between("", 0.5, 1.0).ticks(5)), ["0.5", "0.6", "0.7", "0.8", "0.9", "1.0"]);
        assert_eq!(texts(Axis::between("", -3.0, 2_100.0).ticks(4)), ["0", "1,000", "2,000"]);
        assert_eq!(texts(Axis::between("", 2.0, 2.0).ticks(4)).len(), 0);
    }

    #[test]
    fn swept_values_go_by_logarithm_from_a_decade_on() {
        let wide = Axis::swept("", &[8.0, 32.0, 128.0]);
        assert!(matches!(wide.scale, Scale::Log { .. }));
        assert_eq!(texts(wide.ticks(6)), ["8", "32", "128"]);
        assert!((wide.place(32.0) - 0.5).abs() < 1e-9);
        assert!(matches!(Axis::swept("", &[1.0, 2.0, 3.0]).scale, Scale::Linear { .. }));
        assert!(matches!(Axis::swept("", &[0.0, 100.0]).scale, Scale::Linear { .. }));
    }

    #[test]
    fn one_value_and_no_value_have_an_axis() {
        for values in [vec![], vec![0.0], vec![512.0]] {
            let axis = Axis::swept("", &values);
            let place = axis.place(values.first().copied().unwrap_or(0.5));
            assert!((0.0..=1.0).contains(&place), "{values:?} {place}");
        }
    }

    #[test]
    fn numbers_as_people_read_them() {
        for (value, text) in [
            (0.0, "0"),
            (1234567.0, "1,234,567"),
            (-12.0, "-12"),
            (0.05, "0.05"),
            (0.123456, "0.123"),
            (2.5, "2.5"),
            (39_591.5, "39,592"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
