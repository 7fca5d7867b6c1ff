//! Writing a figure: as SVG, as PNG, and as the CSV behind it, each published whole.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::figure::Figure;
use super::layout::lay_out;
use crate::error::{Error, Result};

/// Writes a figure into a folder, which is made where it is missing. Gives the files written.
pub fn write(figure: &Figure, caption: &str, folder: &Path) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder).map_err(|cause| Error::file("make the folder", folder, cause))?;
    let page = lay_out(figure, caption);
    let path = |ending: &str| folder.join(format!("{}.{ending}", figure.stem));
    let (svg, png, csv) = (path("svg"), path("png"), path("csv"));
    publish(&svg, page.svg(&figure.title)?.as_bytes())?;
    let painted = temporary(folder)?;
    let beside = painted.path().join("plot.png");
    page.write_png(&beside)?;
    std::fs::rename(&beside, &png).map_err(|cause| Error::file("write", &png, cause))?;
    publish(&csv, &csv_of(figure)?)?;
    Ok(vec![svg, png, csv])
}

/// Writes a file under another name and renames it, so that no reader sees half of it.
pub fn publish(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |cause: &dyn std::fmt::Display| Error::file("write", path, cause);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|cause| failed(&cause))?;
    file.write_all(bytes).map_err(|cause| failed(&cause))?;
    // The file is made for its owner alone; a result is for whoever may read the folder.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let readable = std::fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(readable).map_err(|cause| failed(&cause))?;
    }
    file.persist(path).map_err(|cause| failed(&cause.error))?;
    Ok(())
}

fn temporary(folder: &Path) -> Result<tempfile::TempDir> {
    tempfile::Builder::new()
        .prefix(".plot-")
        .tempdir_in(folder)
        .map_err(|cause| Error::file("make a folder in", folder, cause))
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
