//! A page as it stands in headless Chromium, and what a reader does to it there.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Around a reader's steps: `type` into a box, `press` a key, and a log of what the page then shows.
const FRAME: &str = r##"
(async () => {
  const log = [];
  const text = (id) => document.getElementById(id).textContent;
  const settled = () => new Promise((done) => setTimeout(done, 200));
  const type = (id, value) => {
    const box = document.getElementById(id);
    box.value = value;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    log.push(`${id} ${value.replace("\t", " ")}: ${text("count")}`);
  };
  const press = async (key) => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    await settled();
    const asked = new URLSearchParams(location.hash.slice(1));
    log.push(`${key}: ${asked.get("instance")}, node ${asked.get("node")}`);
  };
  await settled();
  STEPS
  const shown = document.createElement("pre");
  shown.textContent = `LOG\n${log.join("\n")}\nEND`;
  document.body.append(shown);
})();
"##;

/// The browser that is here; none is said on standard error.
pub fn browser() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut places = std::env::split_paths(&folders).flat_map(|folder| names.map(|name| folder.join(name)));
    let found = places.find(|path| path.is_file());
    if found.is_none() {
        eprintln!("no Chromium is here: the viewer was not looked at");
    }
    found
}

/// What a page shows after a reader's steps, line by line.
pub fn driven(browser: &Path, page: &Path, steps: &str) -> String {
    let own = std::fs::read_to_string(page).unwrap();
    let script = format!("<script nonce=\"viewer\">{}</script></body>", FRAME.replace("STEPS", steps));
    let driven = page.with_file_name("driven.html");
    std::fs::write(&driven, own.replace("</body>", &script)).unwrap();
    let shown = dumped(browser, &driven, "");
    let log = shown.split("LOG\n").nth(1).and_then(|rest| rest.split("\nEND").next());
    log.unwrap_or_else(|| panic!("{shown}")).to_owned()
}

/// The page as it stands in a browser once its scripts have run.
pub fn dumped(browser: &Path, page: &Path, hash: &str) -> String {
    let profile = page.with_file_name("profile");
    let out = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync", "--virtual-time-budget=10000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}#{hash}", page.display()))
        .output()
        .unwrap();
    String::from_utf8_lossy(&out.stdout).into_owned()
}
