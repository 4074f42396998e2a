//! What lies under the map beside the pack's outlines, by configuration: a basemap of tiles, and imagery by date. Checked
//! before anything starts; what is written in an address is never repeated, for it may hold a key.

mod imagery;
mod pmtiles;
mod template;

use std::convert::Infallible;
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use domain::place::Bounds;
use domain::wire::ground::{BasemapView, ImageryList, TileKind, TilesView};
use serde::Deserialize;

use self::template::Template;

/// Where pages find files of tiles.
pub const TILESETS: &str = "/api/v1/tilesets/";
/// Tianditu's tiles end here.
const USUAL_MAX_ZOOM: u8 = 18;
const DEEPEST_ZOOM: u8 = 24;
const BASEMAP_FILE: &str = "basemap.pmtiles";

/// An address as it was written. Has no debug form: its query may hold a key.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Address(String);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address")
    }
}

impl FromStr for Address {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

/// Options of `gulou serve` about the ground, as given; each is also a key of the TOML file.
#[derive(Args, Clone, Debug, Default)]
pub struct GroundOptions {
    /// A basemap as one file (PMTiles version 3), which this server gives to its pages.
    #[arg(long, env = "GULOU_BASEMAP_PMTILES", value_name = "FILE")]
    pub basemap_pmtiles: Option<PathBuf>,
    /// Where pages fetch the tiles of a basemap: XYZ or WMTS in Web Mercator, with {z} {x} {y}, and {s} for its hosts.
    /// Every browser that opens a map sees it, and a key in it.
    #[arg(
        long,
        env = "GULOU_BASEMAP_URL",
        value_name = "TEMPLATE",
        hide_env_values = true
    )]
    pub basemap_url: Option<Address>,
    /// The same for the names over it (Tianditu: layer cva).
    #[arg(
        long,
        env = "GULOU_BASEMAP_LABEL_URL",
        value_name = "TEMPLATE",
        hide_env_values = true
    )]
    pub basemap_label_url: Option<Address>,
    /// What {s} stands for, such as a-c; Tianditu's 0-7 need not be said.
    #[arg(long, env = "GULOU_BASEMAP_SUBDOMAINS", value_name = "LIST")]
    pub basemap_subdomains: Option<String>,
    /// The deepest zoom of its tiles (usually 18); nearer they are drawn larger.
    #[arg(long, env = "GULOU_BASEMAP_MAX_ZOOM", value_name = "ZOOM")]
    pub basemap_max_zoom: Option<u8>,
    /// Whose map it is, as its licence asks to be said; shown at the map's lower edge.
    #[arg(long, env = "GULOU_BASEMAP_ATTRIBUTION", value_name = "TEXT")]
    pub basemap_attribution: Option<String>,
    /// A TOML file that lists imagery by layer and date.
    #[arg(long, env = "GULOU_IMAGERY", value_name = "FILE")]
    pub imagery: Option<PathBuf>,
}

impl GroundOptions {
    /// What is not said here is taken from `other`. A file here stands against an address there, and the other way round.
    pub fn or(self, other: Self) -> Self {
        let (pmtiles, url) = match (&self.basemap_pmtiles, &self.basemap_url) {
            (None, None) => (other.basemap_pmtiles, other.basemap_url),
            _ => (self.basemap_pmtiles, self.basemap_url),
        };
        Self {
            basemap_pmtiles: pmtiles,
            basemap_url: url,
            basemap_label_url: self.basemap_label_url.or(other.basemap_label_url),
            basemap_subdomains: self.basemap_subdomains.or(other.basemap_subdomains),
            basemap_max_zoom: self.basemap_max_zoom.or(other.basemap_max_zoom),
            basemap_attribution: self.basemap_attribution.or(other.basemap_attribution),
            imagery: self.imagery.or(other.imagery),
        }
    }
}

/// Checked. Has no debug form beyond names: addresses may hold keys.
#[derive(Clone, Default, PartialEq)]
pub struct Ground {
    pub basemap: Option<BasemapView>,
    pub imagery: ImageryList,
    /// Scheme, host and port of whom pages must ask for tiles, beside this server.
    pub origins: Vec<String>,
    /// Files of tiles, by the name pages ask for.
    pub tilesets: Vec<(String, PathBuf)>,
}

impl fmt::Debug for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ground")
            .field("origins", &self.origins)
            .field("tilesets", &self.tilesets)
            .finish_non_exhaustive()
    }
}

impl Ground {
    /// Every mistake is added to the list. `city` is the pack's folder, which may bring `basemap/*.pmtiles`; `encrypted` whether
    /// pages come by our own TLS.
    pub fn checked(
        options: &GroundOptions,
        city: Option<&Path>,
        encrypted: bool,
        mistakes: &mut Vec<String>,
    ) -> Self {
        let mut ground = Self::default();
        ground.basemap = ground.basemap_of(options, city, mistakes);
        if let Some(file) = &options.imagery {
            ground.imagery =
                imagery::read(file, &mut ground.tilesets, &mut ground.origins, mistakes);
        }
        ground.origins.sort();
        ground.origins.dedup();
        if encrypted
            && let Some(origin) = ground
                .origins
                .iter()
                .find(|origin| origin.starts_with("http://"))
        {
            mistakes.push(format!(
                "{origin}: pages that come by https do not fetch tiles by http; use its https address"
            ));
        }
        ground
    }

    fn basemap_of(
        &mut self,
        options: &GroundOptions,
        city: Option<&Path>,
        mistakes: &mut Vec<String>,
    ) -> Option<BasemapView> {
        let before = mistakes.len();
        let given = options
            .basemap_attribution
            .as_deref()
            .unwrap_or_default()
            .trim();
        if options
            .basemap_max_zoom
            .is_some_and(|zoom| zoom > DEEPEST_ZOOM)
        {
            mistakes.push(format!(
                "basemap-max-zoom: is not a zoom from 0 to {DEEPEST_ZOOM}"
            ));
        }
        let of_pack = city.map(pack_file).transpose().unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            None
        });
        let (tiles, said) = match (&options.basemap_pmtiles, &options.basemap_url) {
            (Some(_), Some(_)) => {
                mistakes.push("basemap-pmtiles and basemap-url: say one of the two".into());
                return None;
            }
            (None, Some(Address(text))) => {
                let max_zoom = options.basemap_max_zoom.unwrap_or(USUAL_MAX_ZOOM);
                let subdomains = options.basemap_subdomains.as_deref();
                let tiles = self.fetched("basemap-url", text, subdomains, max_zoom, mistakes);
                (tiles, String::new())
            }
            (file, None) => {
                let name = if file.is_some() {
                    "basemap-pmtiles"
                } else {
                    "city"
                };
                let Some(file) = file.as_ref().or(of_pack.flatten().as_ref()).cloned() else {
                    for (name, given) in [
                        ("basemap-label-url", options.basemap_label_url.is_some()),
                        ("basemap-subdomains", options.basemap_subdomains.is_some()),
                        ("basemap-max-zoom", options.basemap_max_zoom.is_some()),
                        ("basemap-attribution", !given.is_empty()),
                    ] {
                        if given {
                            mistakes.push(format!(
                                "{name}: there is no basemap it belongs to; say basemap-url or basemap-pmtiles"
                            ));
                        }
                    }
                    return None;
                };
                if is_address(&file.to_string_lossy()) {
                    mistakes.push(format!(
                        "{name}: is an address; it names a file, and basemap-url an address"
                    ));
                    return None;
                }
                match pmtiles::about(&file) {
                    Ok(about) => {
                        let tiles = view_of_file(&about, BASEMAP_FILE);
                        self.tilesets.push((BASEMAP_FILE.to_owned(), file));
                        (Some(tiles), about.attribution)
                    }
                    Err(mistake) => {
                        mistakes.push(format!("{name}: {} {mistake}", file.display()));
                        return None;
                    }
                }
            }
        };
        let labels = options
            .basemap_label_url
            .as_ref()
            .and_then(|Address(text)| {
                let max_zoom = options.basemap_max_zoom.unwrap_or(USUAL_MAX_ZOOM);
                let subdomains = options.basemap_subdomains.as_deref();
                self.fetched("basemap-label-url", text, subdomains, max_zoom, mistakes)
            });
        let attribution = if given.is_empty() {
            said
        } else {
            given.to_owned()
        };
        if attribution.is_empty() {
            mistakes.push(
                "basemap-attribution: say whose map it is, as its licence asks, such as © OpenStreetMap contributors".into(),
            );
        }
        (mistakes.len() == before).then_some(BasemapView {
            tiles: tiles?,
            labels,
            attribution,
        })
    }

    fn fetched(
        &mut self,
        name: &str,
        text: &str,
        subdomains: Option<&str>,
        max_zoom: u8,
        mistakes: &mut Vec<String>,
    ) -> Option<TilesView> {
        let template = Template::parse(text, subdomains)
            .and_then(|template| match template.is_dated() {
                true => Err("has {date}, which only imagery has".into()),
                false => Ok(template),
            })
            .map_err(|mistake| mistakes.push(format!("{name}: {mistake}")))
            .ok()?;
        self.origins.extend_from_slice(template.origins());
        Some(view_of_addresses(template.addresses(), (0, max_zoom), None))
    }
}

fn view_of_addresses(
    addresses: Vec<String>,
    (min_zoom, max_zoom): (u8, u8),
    bounds: Option<Bounds>,
) -> TilesView {
    TilesView {
        addresses,
        tileset: None,
        kind: TileKind::Raster,
        min_zoom,
        max_zoom,
        bounds,
        layers: Vec::new(),
    }
}

fn view_of_file(about: &pmtiles::About, name: &str) -> TilesView {
    TilesView {
        addresses: Vec::new(),
        tileset: Some(format!("{TILESETS}{name}")),
        kind: about.kind,
        min_zoom: about.min_zoom,
        max_zoom: about.max_zoom,
        bounds: about.bounds,
        layers: about.layers.clone(),
    }
}

/// What stands where something else is meant, and is not repeated: it may hold a key.
fn is_address(text: &str) -> bool {
    text.contains("://")
}

/// What is wrong with the file of tiles that a pack brings, if it brings one.
pub fn pack_mistake(city: &Path) -> Option<String> {
    match pack_file(city) {
        Ok(None) => None,
        Ok(Some(file)) => match pmtiles::about(&file) {
            Ok(about) if about.attribution.is_empty() => Some(format!(
                "{} does not say whose map it is; write it anew with `attribution` in its metadata",
                file.display()
            )),
            Ok(_) => None,
            Err(mistake) => Some(format!("{} {mistake}", file.display())),
        },
        Err(mistake) => Some(mistake),
    }
}

/// The one file of tiles a pack may bring.
fn pack_file(city: &Path) -> Result<Option<PathBuf>, String> {
    let folder = city.join("basemap");
    let unread = |error| format!("city: {} cannot be read: {error}", folder.display());
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unread(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(unread)?.path();
        if path.extension().is_some_and(|ending| ending == "pmtiles") {
            found.push(path);
        }
    }
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => Err(format!(
            "city: {} holds more than one .pmtiles; a pack brings one basemap",
            folder.display()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str =
        "https://t{s}.tianditu.gov.cn/vec_w/wmts?TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=SECRET";

    fn address(text: &str) -> Option<Address> {
        Some(Address(text.to_owned()))
    }

    fn check(options: &GroundOptions, city: Option<&Path>) -> (Ground, Vec<String>) {
        let mut mistakes = Vec::new();
        let ground = Ground::checked(options, city, false, &mut mistakes);
        (ground, mistakes)
    }

    #[test]
    fn without_options_there_is_nothing_but_the_pack() {
        let (ground, mistakes) = check(&GroundOptions::default(), None);
        assert_eq!(ground, Ground::default());
        assert!(mistakes.is_empty());
    }

    #[test]
    fn an_address_brings_its_hosts_and_must_say_whose_it_is() {
        let mut options = GroundOptions {
            basemap_url: address(URL),
            basemap_label_url: address(&URL.replace("vec_w", "cva_w")),
            ..GroundOptions::default()
        };
        let (_, mistakes) = check(&options, None);
        assert!(
            mistakes[0].starts_with("basemap-attribution: "),
            "{mistakes:?}"
        );
        options.basemap_attribution = Some("天地图".into());
        let (ground, mistakes) = check(&options, None);
        assert!(mistakes.is_empty(), "{mistakes:?}");
        assert_eq!(ground.origins.len(), 8);
        let basemap = ground.basemap.as_ref().expect("a basemap");
        assert_eq!(
            (basemap.tiles.max_zoom, basemap.tiles.addresses.len()),
            (18, 8)
        );
        assert!(basemap.labels.is_some());
        assert!(!format!("{ground:?}{options:?}").contains("SECRET"));
    }

    #[test]
    fn a_file_says_what_it_is_and_whose() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.pmtiles");
        fs::write(
            &path,
            pmtiles::tests::file_of(1, r#"{"attribution":"OSM"}"#),
        )
        .expect("writes");
        let options = GroundOptions {
            basemap_pmtiles: Some(path.clone()),
            ..GroundOptions::default()
        };
        let (ground, mistakes) = check(&options, None);
        assert!(mistakes.is_empty(), "{mistakes:?}");
        let basemap = ground.basemap.expect("a basemap");
        assert_eq!(basemap.attribution, "OSM");
        assert_eq!(
            basemap.tiles.tileset.as_deref(),
            Some("/api/v1/tilesets/basemap.pmtiles")
        );
        assert_eq!(ground.tilesets, [("basemap.pmtiles".to_owned(), path)]);
        assert!(ground.origins.is_empty());
    }

    #[test]
    fn a_pack_may_bring_one_file_and_an_option_stands_above_it() {
        let city = tempfile::tempdir().expect("a folder");
        let basemap = city.path().join("basemap");
        fs::create_dir(&basemap).expect("makes a folder");
        fs::write(
            basemap.join("a.pmtiles"),
            pmtiles::tests::file_of(2, r#"{"attribution":"A"}"#),
        )
        .expect("writes");
        assert_eq!(pack_mistake(city.path()), None);
        let (ground, _) = check(&GroundOptions::default(), Some(city.path()));
        assert_eq!(
            ground.basemap.expect("a basemap").tiles.kind,
            TileKind::Raster
        );
        let options = GroundOptions {
            basemap_url: address(URL),
            basemap_attribution: Some("天地图".into()),
            ..GroundOptions::default()
        };
        let (ground, _) = check(&options, Some(city.path()));
        assert!(ground.tilesets.is_empty());
        fs::write(basemap.join("b.pmtiles"), b"").expect("writes");
        let (_, mistakes) = check(&GroundOptions::default(), Some(city.path()));
        assert!(mistakes[0].contains("more than one"), "{mistakes:?}");
        fs::remove_file(basemap.join("a.pmtiles")).expect("removes");
        let mistake = pack_mistake(city.path()).expect("an empty file");
        assert!(mistake.contains("b.pmtiles is no PMTiles"), "{mistake}");
    }

    #[test]
    fn what_a_check_of_a_pack_lets_pass_a_start_takes() {
        let city = tempfile::tempdir().expect("a folder");
        let basemap = city.path().join("basemap");
        fs::create_dir(&basemap).expect("makes a folder");
        let file = basemap.join("a.pmtiles");
        fs::write(&file, pmtiles::tests::file_of(2, "{}")).expect("writes");
        let (_, mistakes) = check(&GroundOptions::default(), Some(city.path()));
        assert!(mistakes[0].contains("whose map"), "{mistakes:?}");
        let mistake = pack_mistake(city.path()).expect("it does not say whose map it is");
        assert!(mistake.contains("whose map"), "{mistake}");
        fs::remove_file(file).expect("removes");
        fs::remove_dir(&basemap).expect("removes");
        assert_eq!(pack_mistake(city.path()), None);
        fs::write(&basemap, b"no folder").expect("writes");
        let mistake = pack_mistake(city.path()).expect("it is there, but no folder");
        assert!(mistake.contains("cannot be read"), "{mistake}");
        let (_, mistakes) = check(&GroundOptions::default(), Some(city.path()));
        assert!(mistakes[0].contains("cannot be read"), "{mistakes:?}");
    }

    #[test]
    fn an_address_in_the_place_of_a_file_is_refused_and_not_repeated() {
        let address = || Some(PathBuf::from("https://a.example/x?key=SECRET"));
        for (options, says) in [
            (
                GroundOptions {
                    basemap_pmtiles: address(),
                    ..GroundOptions::default()
                },
                "basemap-pmtiles: is an address",
            ),
            (
                GroundOptions {
                    imagery: address(),
                    ..GroundOptions::default()
                },
                "imagery: is an address",
            ),
        ] {
            let (_, mistakes) = check(&options, None);
            assert!(mistakes[0].contains(says), "{says}: {mistakes:?}");
            assert!(!format!("{mistakes:?}").contains("SECRET"), "{mistakes:?}");
        }
    }

    #[test]
    fn each_bad_option_is_named() {
        for (options, says) in [
            (
                GroundOptions {
                    basemap_label_url: address(URL),
                    ..GroundOptions::default()
                },
                "basemap-label-url: there is no basemap",
            ),
            (
                GroundOptions {
                    basemap_url: address(URL),
                    basemap_pmtiles: Some("x".into()),
                    ..GroundOptions::default()
                },
                "one of the two",
            ),
            (
                GroundOptions {
                    basemap_pmtiles: Some("nowhere.pmtiles".into()),
                    ..GroundOptions::default()
                },
                "basemap-pmtiles: nowhere.pmtiles cannot be opened",
            ),
            (
                GroundOptions {
                    basemap_url: address("https://a.example/{x}/{y}"),
                    ..GroundOptions::default()
                },
                "basemap-url: has no {z}",
            ),
            (
                GroundOptions {
                    basemap_url: address("https://a.example/{date}/{z}/{x}/{y}"),
                    ..GroundOptions::default()
                },
                "only imagery",
            ),
            (
                GroundOptions {
                    basemap_max_zoom: Some(40),
                    ..GroundOptions::default()
                },
                "basemap-max-zoom",
            ),
        ] {
            let (_, mistakes) = check(&options, None);
            assert!(
                mistakes.iter().any(|mistake| mistake.contains(says)),
                "{says}: {mistakes:?}"
            );
        }
        let options = GroundOptions {
            basemap_url: address("http://a.example/{z}/{x}/{y}"),
            basemap_attribution: Some("A".into()),
            ..GroundOptions::default()
        };
        let mut mistakes = Vec::new();
        let _ground = Ground::checked(&options, None, true, &mut mistakes);
        assert!(mistakes[0].contains("https"), "{mistakes:?}");
    }

    #[test]
    fn an_option_here_stands_against_its_counterpart_there() {
        let here = GroundOptions {
            basemap_url: address(URL),
            ..GroundOptions::default()
        };
        let there = GroundOptions {
            basemap_pmtiles: Some("x.pmtiles".into()),
            basemap_attribution: Some("A".into()),
            ..GroundOptions::default()
        };
        let both = here.or(there);
        assert!(both.basemap_pmtiles.is_none());
        assert_eq!(both.basemap_attribution.as_deref(), Some("A"));
    }
}
