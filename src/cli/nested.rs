//! `nested`: what nested oversight comes to under a file of fits.

use super::args::NestedArgs;
use super::print;
use crate::error::Result;
use crate::eval::nested::Fits;
use crate::report::charts;
use crate::report::plot;
use crate::report::scores::Titled;
use crate::report::table::Look;

/// Shows the table of games and gaps, and draws the plot.
pub(super) fn nested(args: &NestedArgs) -> Result<()> {
    let fits = Fits::load(&args.fits)?;
    print(&format!("{}\n\n", table(&fits).text(Look::of_stdout()).trim_start()))?;
    let caption = format!("{} · weakest overseer at {}", fits.title, fits.low);
    let written = plot::write(&charts::nested::figure(&fits), &caption, &args.out)?;
    written.iter().try_for_each(|path| print(&format!("{}\n", path.display())))
}

fn table(fits: &Fits) -> Titled {
    let percent = |share: f64| format!("{:.1}%", 100.0 * share);
    let cells = |row: &crate::eval::nested::Row<'_>| {
        vec![
            row.game.to_owned(),
            row.gap.to_string(),
            percent(row.nested.success),
            row.nested.levels.to_string(),
            row.published.map_or_else(|| "—".to_owned(), percent),
        ]
    };
    Titled {
        title: fits.title.clone(),
        header: vec!["game", "gap, Elo", "success", "levels", "published"],
        rows: fits.rows().iter().map(cells).collect(),
        notes: vec![
            "success: that of the number of levels that serves best; published: as its authors have it, shown and not tested"
                .into(),
        ],
    }
}
