//! `run` and `cell`.

use std::io::Read;

use super::args::{CellArgs, DeviceArgs, RunArgs};
use super::{check, print};
use crate::error::{Error, Result};
use crate::report::data::RunData;
use crate::report::expected::Expected;
use crate::report::table::{self, Look};
use crate::run::meter::{Listener, Meter};
use crate::run::{self, Progress, unit};

/// Runs an experiment and says where it is.
pub(super) fn run(args: &RunArgs) -> Result<()> {
    let mut request = args.experiment.request();
    request.out = args.out.clone();
    if args.dry_run {
        return check::show(&run::plan(&request)?);
    }
    let expected = Expected::beside(&request.experiment)?;
    let folder = run::run(&request, &args.execution.execution(), &Progress::on_stderr())?;
    let (run, look) = (RunData::load(&folder)?, Look::of_stdout());
    let expected = expected.and_then(|expected| expected.held_against(&run, look));
    let tables = [table::whole(&run, look), expected.unwrap_or_default()].join("\n");
    let place = folder.display();
    print(&format!("{}\n\nrun folder: {place}\nplots:      {place}/plots\n", tables.trim_end()))
}

/// Does one cell or fit.
pub(super) fn cell(args: &CellArgs) -> Result<()> {
    if args.attached {
        std::thread::spawn(stop_with_parent);
    }
    let execution = args.execution.execution();
    rayon::ThreadPoolBuilder::new()
        .num_threads(execution.threads)
        .build_global()
        .map_err(|e| Error::Environment(format!("cannot start {} threads: {e}", execution.threads)))?;
    let meter = Meter::new(if args.attached { Listener::Parent } else { Listener::Nobody });
    unit::execute(&args.run, &args.id, &execution, &meter).map(|_| ())
}

/// Opens a device and closes it again: what a run has done, in a process of its own, before it makes its folder.
pub(super) fn device(args: &DeviceArgs) -> Result<()> {
    args.device.open()
}

/// Ends the process when the pipe from its parent closes. What it was building stays hidden, and the next start of the
/// run removes it.
fn stop_with_parent() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    std::process::exit(3);
}
