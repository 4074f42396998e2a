use domain::jurisdictions::Jurisdictions;
use domain::text::Proposal;
use gulou::city::{Source, load};
use gulou::fuse::Lexicon;
use gulou::scenario::{Ambiguity, Body, Options, Scenario, Truth};
use std::collections::BTreeMap;

#[test]
fn dev() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("cities/dongguan");
    let city = std::sync::Arc::new(load(&Source::Folder(folder)).unwrap().city);
    let lexicon = Lexicon::of(&city, &Jurisdictions::of(&city));
    let show = std::env::var("SHOW").unwrap_or_default();
    for (file, text, all) in [
        ("others", include_str!("others.tsv"), false),
        ("held", include_str!("held_out.tsv"), false),
    ] {
        let mut n: BTreeMap<(bool, &str), u32> = BTreeMap::new();
        for (i, line) in text.lines().skip(1).enumerate() {
            let f: Vec<&str> = line.split('\t').collect();
            let dev = file == "others" && i % 2 == 0;
            let found = lexicon.kind(f[2]);
            let what = match &found {
                Proposal::Category { code, .. } if code.to_string() == f[0] => "right",
                Proposal::Category { .. } => "wrong",
                _ if f[0] == "-" => "right",
                _ => "tray",
            };
            *n.entry((dev, what)).or_default() += 1;
            if (dev || all) && what != "right" && show.contains("others") {
                println!("{what} {} {} => {found:?}", f[0], f[2]);
            }
        }
        println!("{file} (true = developed with): {n:?}");
    }
    let seeds: Vec<u64> = vec![1, 2];
    let mut n: BTreeMap<(Option<Ambiguity>, &str), u32> = BTreeMap::new();
    for seed in seeds {
        let options = Options {
            units: 0,
            sensors: 0,
            ambiguous: 0.2,
            ..Options::on("2026-11-23".parse().unwrap())
        };
        let scenario = Scenario::of(city.clone(), seed, &options).unwrap();
        let mut amb = BTreeMap::new();
        for t in scenario.truths() {
            if let Truth::Matter { id, ambiguity, .. } = t {
                amb.insert(id.clone(), *ambiguity);
            }
        }
        for minute in scenario {
            let mut said = BTreeMap::new();
            for o in &minute.observations {
                if let Body::Report { text, category, .. } = &o.body
                    && o.version == 1
                {
                    said.insert((o.source.clone(), o.id.clone()), (text.clone(), *category));
                }
            }
            for t in &minute.truths {
                if let Truth::Evidence {
                    source,
                    id,
                    matter,
                    category,
                    drill: false,
                    ..
                } = t
                {
                    let Some((text, given)) = said.get(&(source.clone(), id.clone())) else {
                        continue;
                    };
                    let found = lexicon.kind(text);
                    let a = matter.as_ref().and_then(|m| amb.get(m)).copied().flatten();
                    if let Some(given) = given {
                        let contra =
                            matches!(&found, Proposal::Category { code, .. } if code != given);
                        let what = if contra {
                            "given, contradicted"
                        } else if matches!(found, Proposal::Category { .. }) {
                            "given, the same"
                        } else {
                            "given, nothing"
                        };
                        *n.entry((a, what)).or_default() += 1;
                        if a.is_none() && contra && show.contains("given") {
                            println!("given {given} {text} => {found:?}");
                        }
                        continue;
                    }
                    let what = match (&found, category) {
                        (Proposal::Category { code, .. }, Some(c)) if code == c => "right",
                        (Proposal::Category { .. }, _) => "wrong",
                        (_, None) => "right",
                        _ => "tray",
                    };
                    *n.entry((a, what)).or_default() += 1;
                    let tag = a.map_or("plain".to_owned(), |a| format!("{a:?}"));
                    if what != "right" && show.contains(&tag) {
                        println!(
                            "{what} {} {text} => {found:?}",
                            category.map_or("-".to_owned(), |c| c.to_string())
                        );
                    }
                }
            }
        }
    }
    for (k, v) in n {
        println!("{k:?} {v}");
    }
}
