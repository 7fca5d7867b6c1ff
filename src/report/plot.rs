//! Writing a figure: as SVG, as PNG, as a Vega-Lite specification, and as the CSV behind it, each published whole.

use std::path::{Path, PathBuf};

use super::figure::Figure;
use super::layout::lay_out;
use super::vega;
use crate::error::{Error, Result};
use crate::record::store::{self, Building};

/// Writes a figure into a folder, which is made where it is missing. Gives the files written.
pub fn write(figure: &Figure, caption: &str, folder: &Path) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder).map_err(|cause| Error::file("make the folder", folder, cause))?;
    let page = lay_out(figure, caption);
    let path = |ending: &str| folder.join(format!("{}.{ending}", figure.stem));
    let (svg, png, csv, vega) = (path("svg"), path("png"), path("csv"), path("vl.json"));
    store::write_whole(&svg, page.svg(&figure.title)?.as_bytes())?;
    // The painter wants a path of its own; what it leaves when it is killed is hidden, and swept with the rest.
    let hidden = Building::beside(&png)?;
    let painted = hidden.path().join("plot.png");
    page.write_png(&painted)?;
    std::fs::rename(&painted, &png).map_err(|cause| Error::file("write", &png, cause))?;
    store::write_whole(&csv, &csv_of(figure)?)?;
    let specification = vega::specification(figure, caption);
    store::write_whole(&vega, format!("{specification:#}\n").as_bytes())?;
    Ok(vec![svg, png, csv, vega])
}

fn csv_of(figure: &Figure) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |cause: csv::Error| Error::Bug(format!("the table behind plot `{}` is ragged: {cause}", figure.stem));
    writer.write_record(&figure.table.header).map_err(failed)?;
    for row in &figure.table.rows {
        writer.write_record(row).map_err(failed)?;
    }
    writer.into_inner().map_err(|cause| Error::Bug(format!("cannot finish a table in memory: {cause}")))
}
