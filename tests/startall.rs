//! Section 4 of the founding paper: three web sites in the zone and five documents on the PC, opened at once by the two
//! scripts, with a real browser and a real office suite.

#[path = "support/internet.rs"]
mod internet;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use internet::{Pc, SITE, on_a_pc};

const NEEDS: &[&str] = &["firefox-esr", "soffice"];

/// Slides, in the form of which an office suite makes the others.
const SLIDES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.presentation"><office:body><office:presentation><draw:page draw:name="1"><draw:frame svg:width="10cm" svg:height="3cm" svg:x="2cm" svg:y="2cm"><draw:text-box><text:p>망분리 Separation</text:p></draw:text-box></draw:frame></draw:page></office:presentation></office:body></office:document>"#;

/// Five documents of different kinds, made by the office suite itself.
fn documents(pc: &Pc) -> Vec<PathBuf> {
    let folder = pc.person.top.join("home/documents");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("letter.txt"), "논리적 망분리 Logical separation\n").unwrap();
    fs::write(folder.join("sheet.csv"), "name,value\n존,1\n").unwrap();
    fs::write(folder.join("slides.fodp"), SLIDES).unwrap();
    for (from, to) in [
        ("letter.txt", "docx"),
        ("letter.txt", "odt"),
        ("letter.txt", "pdf"),
        ("sheet.csv", "xlsx"),
        ("slides.fodp", "pptx"),
    ] {
        let mut soffice = pc.person.command("soffice");
        soffice.args(["--headless", "--convert-to", to, "--outdir"]).arg(&folder).arg(folder.join(from));
        pc.person.start(soffice).end_within(Duration::from_secs(90)).good();
    }
    ["letter.docx", "sheet.xlsx", "slides.pptx", "letter.odt", "letter.pdf"].map(|name| folder.join(name)).to_vec()
}

fn script(pc: &Pc, name: &str) -> Command {
    let mut command = pc.person.command(Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/startall").join(name));
    let own = support::program("sep-run").parent().unwrap().display().to_string();
    command.env("PATH", format!("{own}:/usr/local/bin:/usr/bin:/bin")).env("STARTALL_SECONDS", "20").arg("--check");
    command
}

fn sites() -> [String; 3] {
    ["one", "two", "three"].map(|page| format!("http://{SITE}/{page}"))
}

#[test]
fn three_web_sites_are_loaded_at_once_in_the_zone() {
    on_a_pc(NEEDS, |pc| {
        let mut internet = script(pc, "internet-startall");
        internet.args(sites());
        pc.person.start(internet).end_within(Duration::from_secs(90)).good();
        let asked = pc.asked();
        assert!(["/one", "/two", "/three"].iter().all(|page| asked.contains(page)), "{asked}");
        let mut wrong = script(pc, "internet-startall");
        wrong.args([&sites()[0], "http://10.20.0.10:9/"]);
        let ended = pc.person.start(wrong).end_within(Duration::from_secs(90));
        assert!(ended.status == 1, "the twin: a site that the zone may not reach: {ended:?}");
    });
}

#[test]
fn five_documents_are_opened_at_once_on_the_pc() {
    on_a_pc(NEEDS, |pc| {
        let documents = documents(pc);
        let mut office = script(pc, "office-startall");
        office.args(&documents);
        pc.person.start(office).end_within(Duration::from_secs(120)).good();
        fs::remove_file(&documents[1]).unwrap();
        let mut wrong = script(pc, "office-startall");
        wrong.args(&documents[1..2]);
        let ended = pc.person.start(wrong).end_within(Duration::from_secs(120));
        assert!(ended.status == 1 && ended.err.contains("not opened: "), "the twin: {ended:?}");
    });
}

#[test]
#[ignore = "twenty rounds take minutes: cargo test --release --test startall -- --ignored --nocapture"]
fn both_sides_are_measured_together_with_and_without_the_zone() {
    on_a_pc(NEEDS, |pc| {
        let documents = documents(pc);
        let plot = pc.person.top.join("out/startall.svg");
        let bench = |sites: &[String], documents: &[PathBuf]| {
            let mut sepctl = pc.person.sepctl(["bench", "startall", "--json"]);
            for site in sites {
                sepctl.args(["--web", site]);
            }
            for document in documents {
                sepctl.arg("--office").arg(document);
            }
            sepctl.arg("--plot").arg(&plot).env("STARTALL_SECONDS", "60");
            pc.person.start(sepctl).end_within(Duration::from_secs(1_800))
        };
        let report: serde_json::Value = serde_json::from_str(&bench(&sites(), &documents).good()).unwrap();
        println!("{}", report["medians"]);
        let seconds = |path: &str| report.pointer(path).and_then(serde_json::Value::as_f64).unwrap();
        for side in ["zone", "bare"] {
            assert_eq!(report["rounds"][side].as_array().unwrap().len(), 10);
            let (median, from, to) = ("median", "from", "to");
            let both = |what: &str| seconds(&format!("/medians/both/{side}/{what}"));
            assert!(both(from) <= both(median) && both(median) <= both(to) && both(from) > 0.1, "{report}");
            assert!(both(median) >= seconds(&format!("/medians/web/{side}/median")), "{report}");
        }
        let picture = fs::read_to_string(&plot).unwrap();
        assert_eq!(picture.matches("<circle").count(), 60, "a point for each round, side and part");
        if let Some(keep) = std::env::var_os("SEP_PLOT") {
            fs::write(keep, &picture).unwrap();
        }
        // what does not load is no measurement
        let failed = bench(&["http://10.20.0.10:9/".to_owned()], &documents[3..4]);
        assert!(failed.status == 125 && failed.text().contains("script-failed"), "{failed:?}");
    });
}
