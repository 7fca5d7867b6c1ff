//! A figure as a Vega-Lite specification (version 5), for notebooks: the same points, intervals, bands, curves and guides, with
//! their data in it. How it is laid out and drawn is then Vega-Lite's affair.

use serde_json::{Value, json};

use super::axis::{Axis, Scale};
use super::figure::{Draw, Figure, Guide, Key, Panel, Point, Series, Tile};
use super::palette::{SHAPES, colour_name, dashes, shape};

const SCHEMA: &str = "https://vega.github.io/schema/vega-lite/v5.json";
const WIDTH: usize = 420;
const HEIGHT: usize = 320;

/// The specification of a figure; `caption` says what run it is drawn from.
pub fn specification(figure: &Figure, caption: &str) -> Value {
    let mut subtitle: Vec<&str> = figure.notes.iter().map(String::as_str).collect();
    subtitle.push(caption);
    let panels: Vec<Value> = figure.panels.iter().map(|panel| drawn(panel, figure.key)).collect();
    json!({
        "$schema": SCHEMA,
        "title": { "text": figure.title, "subtitle": subtitle, "anchor": "start" },
        "hconcat": panels,
        // What the columns of the CSV beside it are called: swept settings by their full paths.
        "usermeta": { "columns": figure.table.header },
    })
}

fn drawn(panel: &Panel, key: Key) -> Value {
    let mut layers: Vec<Value> = panel.guides.iter().flat_map(|guide| guide_layers(panel, guide)).collect();
    if !panel.tiles.is_empty() {
        layers.push(tiles(panel));
    }
    let styles = Styles::of(panel, key);
    for series in &panel.series {
        layers.extend(series_layers(panel, series, &styles));
    }
    if layers.is_empty() {
        layers.push(json!({ "data": { "values": [] }, "mark": "point", "encoding": places(panel) }));
    }
    json!({ "title": panel.title, "width": WIDTH, "height": HEIGHT, "layer": layers })
}

/// What tells the series of a panel apart: the scales of colour, shape and dashes, each over the same names, so that they
/// share one legend.
struct Styles<'a> {
    names: Vec<&'a str>,
    colours: Vec<String>,
    shapes: Vec<&'static str>,
    dashes: Vec<&'static [f64]>,
    legend: Value,
}

impl<'a> Styles<'a> {
    fn of(panel: &'a Panel, key: Key) -> Self {
        let styles = || panel.series.iter().map(|series| series.style);
        Self {
            names: panel.series.iter().map(|series| series.name.as_str()).collect(),
            colours: styles().map(colour_name).collect(),
            shapes: styles().map(|style| SHAPES[shape(style)]).collect(),
            // An unbroken line is a stroke without a gap.
            dashes: styles().map(|style| if dashes(style).is_empty() { &[1.0, 0.0] } else { dashes(style) }).collect(),
            legend: if key == Key::None { json!(null) } else { json!({ "title": null }) },
        }
    }

    /// A series by its place on one of the scales.
    fn place(&self, series: &Series, range: Value) -> Value {
        json!({
            "datum": series.name,
            "type": "nominal",
            "scale": { "domain": self.names, "range": range },
            "legend": self.legend,
        })
    }
}

fn series_layers(panel: &Panel, series: &Series, styles: &Styles<'_>) -> Vec<Value> {
    let colour = styles.place(series, json!(styles.colours));
    let mut layers = Vec::new();
    let with = |more: Value| {
        let mut encoding = places(panel);
        if let (Some(all), Value::Object(more)) = (encoding.as_object_mut(), more) {
            all.extend(more);
            all.insert("color".into(), colour.clone());
        }
        encoding
    };
    if !series.band.is_empty() {
        let values: Vec<Value> =
            series.band.iter().map(|(x, low, high)| json!({ "x": x, "y": low, "y_high": high })).collect();
        let encoding = with(json!({ "y2": { "field": "y_high" } }));
        layers.push(
            json!({ "data": { "values": values }, "mark": { "type": "area", "opacity": 0.15 }, "encoding": encoding }),
        );
    }
    if !series.curve.is_empty() {
        let values: Vec<Value> = series.curve.iter().map(|(x, y)| json!({ "x": x, "y": y })).collect();
        layers.push(json!({ "data": { "values": values }, "mark": { "type": "line", "strokeDash": [4, 3] }, "encoding": with(json!({})) }));
    }
    let points: Vec<Value> = series.points.iter().map(|point| point_of(point, &series.name)).collect();
    for (low, high, far) in [("x_low", "x_high", "x"), ("y_low", "y_high", "y")] {
        let values: Vec<&Value> = points.iter().filter(|point| point.get(low).is_some()).collect();
        if !values.is_empty() {
            let mut encoding = with(json!({}));
            encoding[far]["field"] = json!(low);
            encoding[format!("{far}2")] = json!({ "field": high });
            layers.push(json!({ "data": { "values": values }, "mark": "rule", "encoding": encoding }));
        }
    }
    let mut encoding = with(json!({ "tooltip": tooltip(panel) }));
    let line = matches!(series.draw, Draw::Joined | Draw::Line);
    if line {
        let mut encoding = with(json!({}));
        if series.draw == Draw::Line {
            encoding["strokeDash"] = styles.place(series, json!(styles.dashes));
        }
        layers.push(json!({ "data": { "values": points }, "mark": { "type": "line" }, "encoding": encoding }));
    }
    match series.draw {
        Draw::Dots | Draw::Joined => {
            encoding["shape"] = styles.place(series, json!(styles.shapes));
            let mark = json!({ "type": "point", "filled": true, "size": 60 });
            layers.push(json!({ "data": { "values": points }, "mark": mark, "encoding": encoding }));
        }
        Draw::Bars => {
            encoding["x2"] = json!({ "datum": 0 });
            layers.push(json!({ "data": { "values": points }, "mark": { "type": "bar" }, "encoding": encoding }));
        }
        Draw::Line => {}
    }
    layers
}

fn point_of(point: &Point, name: &str) -> Value {
    let mut value = json!({ "x": point.x, "y": point.y, "series": name });
    for (interval, low, high) in [(point.x_interval, "x_low", "x_high"), (point.y_interval, "y_low", "y_high")] {
        if let Some(interval) = interval {
            value[low] = json!(interval.low);
            value[high] = json!(interval.high);
        }
    }
    value
}

fn tooltip(panel: &Panel) -> Value {
    let field = |name: &str, title: &str| json!({ "field": name, "title": title });
    json!([{ "field": "series" }, field("x", &panel.x.label), field("y", &panel.y.label), field("y_low", "low"), field("y_high", "high")])
}

fn tiles(panel: &Panel) -> Value {
    let values: Vec<Value> = panel.tiles.iter().map(tile).collect();
    let mut encoding = places(panel);
    encoding["x2"] = json!({ "field": "x_end" });
    encoding["y2"] = json!({ "field": "y_end" });
    encoding["color"] =
        json!({ "field": "value", "type": "quantitative", "scale": { "scheme": "blueorange", "domainMid": 0 } });
    encoding["tooltip"] = json!([{ "field": "text" }]);
    json!({ "data": { "values": values }, "mark": "rect", "encoding": encoding })
}

fn tile(tile: &Tile) -> Value {
    let [x, y] = [tile.x as f64, tile.y as f64];
    json!({ "x": x - 0.5, "x_end": x + 0.5, "y": y - 0.5, "y_end": y + 0.5, "value": tile.value, "text": tile.text })
}

fn guide_layers(panel: &Panel, guide: &Guide) -> Vec<Value> {
    let mark = json!({ "type": "rule", "color": "grey", "strokeDash": [2, 2] });
    let line = |axis: &str, at: f64, label: &str| {
        let mut encoding = places(panel);
        if let Some(all) = encoding.as_object_mut() {
            all.remove(if axis == "x" { "y" } else { "x" });
            all.insert("tooltip".into(), json!([{ "field": "label" }]));
        }
        json!({ "data": { "values": [{ axis: at, "label": label }] }, "mark": mark, "encoding": encoding })
    };
    match guide {
        Guide::AtX(x, label) => vec![line("x", *x, label)],
        Guide::AtY(y, label) => vec![line("y", *y, label)],
        Guide::Diagonal => match &panel.x.scale {
            Scale::Linear { low, high } | Scale::Log { low, high } => {
                let values = json!([{ "x": low, "y": low }, { "x": high, "y": high }]);
                let mark = json!({ "type": "line", "color": "grey", "strokeDash": [2, 2], "clip": true });
                vec![json!({ "data": { "values": values }, "mark": mark, "encoding": places(panel) })]
            }
            Scale::Names(_) => Vec::new(),
        },
    }
}

/// Where `x` and `y` lie.
fn places(panel: &Panel) -> Value {
    json!({ "x": place("x", &panel.x), "y": place("y", &panel.y) })
}

fn place(field: &str, axis: &Axis) -> Value {
    let (scale, ticks) = match &axis.scale {
        Scale::Linear { low, high } => (json!({ "domain": [low, high], "zero": false, "nice": false }), json!({})),
        Scale::Log { low, high } => (json!({ "type": "log", "domain": [low, high], "nice": false }), marked(axis)),
        // A name's place is its index, and what lies between is beside it; downwards, as in the picture.
        Scale::Names(names) => {
            let texts = serde_json::to_string(names).unwrap_or_default();
            let scale = json!({ "domain": [-0.5, names.len() as f64 - 0.5], "reverse": field == "y", "nice": false, "zero": false });
            let at: Vec<usize> = (0..names.len()).collect();
            (scale, json!({ "values": at, "labelExpr": format!("{texts}[datum.value]"), "grid": false }))
        }
    };
    let mut drawn = ticks;
    drawn["title"] = json!(axis.label);
    json!({ "field": field, "type": "quantitative", "scale": scale, "axis": drawn })
}

fn marked(axis: &Axis) -> Value {
    if axis.marked.is_empty() { json!({}) } else { json!({ "values": axis.marked }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::stats::Interval;

    fn figure() -> Figure {
        let mut panel = Panel::new(Axis::swept("budget", &[128.0, 2048.0]), Axis::between("accuracy", 0.0, 1.0));
        let point =
            |x, y| Point { x, y, y_interval: Some(Interval { low: y - 0.1, high: y + 0.1 }), ..Point::default() };
        panel.series.push(Series {
            name: "debate".into(),
            style: 1,
            draw: Draw::Joined,
            points: vec![point(128.0, 0.5), point(2048.0, 0.7)],
            band: vec![(128.0, 0.4, 0.6)],
            curve: vec![(128.0, 0.5), (2048.0, 0.7)],
        });
        panel.guides.push(Guide::AtY(0.5, "chance".into()));
        let notes = vec!["two ties".into()];
        let table = crate::report::figure::Table::default();
        Figure { stem: "it".into(), title: "It".into(), notes, panels: vec![panel], key: Key::Side, table }
    }

    #[test]
    fn everything_that_is_drawn_is_in_it() {
        let it = specification(&figure(), "run x, seeds 1 to 3, n 56");
        assert_eq!(it["$schema"], SCHEMA);
        assert_eq!(it["title"]["subtitle"], json!(["two ties", "run x, seeds 1 to 3, n 56"]));
        let layers = it["hconcat"][0]["layer"].as_array().unwrap();
        let marks: Vec<&str> =
            layers.iter().map(|layer| layer["mark"].as_str().or(layer["mark"]["type"].as_str()).unwrap()).collect();
        assert_eq!(marks, ["rule", "area", "line", "rule", "line", "point"]);
        let last = &layers[5];
        assert_eq!(
            last["data"]["values"][1],
            json!({ "x": 2048.0, "y": 0.7, "series": "debate", "y_low": 0.6, "y_high": 0.7999999999999999 })
        );
        assert_eq!(last["encoding"]["x"]["scale"]["type"], "log");
        assert_eq!(last["encoding"]["color"]["datum"], "debate");
        assert_eq!(last["encoding"]["shape"]["datum"], "debate");
        assert_eq!(last["encoding"]["shape"]["scale"], json!({ "domain": ["debate"], "range": ["square"] }));
        assert_eq!(layers[3]["encoding"]["y"]["field"], "y_low");
        assert_eq!(layers[3]["encoding"]["y2"]["field"], "y_high");
    }

    #[test]
    fn every_encoded_field_is_in_its_data() {
        let it = specification(&figure(), "");
        for layer in it["hconcat"][0]["layer"].as_array().unwrap() {
            for axis in ["x", "y", "x2", "y2"] {
                let Some(field) = layer["encoding"][axis]["field"].as_str() else { continue };
                let values = layer["data"]["values"].as_array().unwrap();
                assert!(values.iter().all(|value| value.get(field).is_some()), "{field} in {layer}");
            }
        }
    }

    #[test]
    fn lines_without_markers_are_told_apart_by_dashes_and_columns_keep_their_paths() {
        let mut figure = figure();
        figure.panels[0].series[0].draw = Draw::Line;
        figure.table = crate::report::figure::Table::new(&["arm", "budget.evaluator_tokens_max"]);
        let it = specification(&figure, "");
        let layers = it["hconcat"][0]["layer"].as_array().unwrap();
        let dashed = layers.iter().find(|layer| layer["encoding"].get("strokeDash").is_some()).expect("dashes");
        assert_eq!(dashed["mark"]["type"], "line");
        assert_eq!(dashed["encoding"]["strokeDash"]["scale"]["range"], json!([[8.0, 4.0]]));
        assert_eq!(it["usermeta"]["columns"][1], "budget.evaluator_tokens_max");
    }

    #[test]
    fn names_are_written_at_their_places_and_run_downwards() {
        let place = place("y", &Axis::names("arm", vec!["a \"b\"".into(), "c".into()]));
        assert_eq!(place["axis"]["labelExpr"], r#"["a \"b\"","c"][datum.value]"#);
        assert_eq!(place["scale"]["reverse"], true);
        assert_eq!(place["scale"]["domain"], json!([-0.5, 1.5]));
    }
}
