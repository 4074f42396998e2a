//! The file that lists imagery: layers, each with the dates it was taken on and where the pictures of a date are fetched.

use std::fs;
use std::path::{Path, PathBuf};

use domain::place::Bounds;
use domain::wire::ground::{ImageView, ImageryList, ImageryView};
use jiff::civil::Date;
use serde::Deserialize;

use super::template::Template;
use super::{
    Address, DEEPEST_ZOOM, USUAL_MAX_ZOOM, is_address, pmtiles, view_of_addresses, view_of_file,
};

const MOST_LAYERS: usize = 50;
const MOST_DATES: usize = 1_000;
const LONGEST_ID: usize = 40;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListFile {
    #[serde(default, rename = "layer")]
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Layer {
    id: String,
    name: String,
    name_en: Option<String>,
    attribution: String,
    /// With `{date}`, for all `dates`.
    url: Option<Address>,
    subdomains: Option<String>,
    #[serde(default)]
    dates: Vec<Written>,
    #[serde(default, rename = "image")]
    images: Vec<Image>,
    bounds: Option<[f64; 4]>,
    min_zoom: Option<u8>,
    max_zoom: Option<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Image {
    date: Written,
    url: Option<Address>,
    /// Beside the list.
    file: Option<PathBuf>,
}

/// `2026-10-01`, with quotation marks or without.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Date(toml::value::Datetime),
}

impl Written {
    fn date(&self) -> Result<Date, String> {
        let text = match self {
            Self::Text(text) => text.clone(),
            Self::Date(date) => date.to_string(),
        };
        text.parse::<Date>()
            .ok()
            .filter(|date| date.to_string() == text)
            .ok_or_else(|| match is_address(&text) {
                true => "an address is no date such as 2026-10-01".to_owned(),
                false => format!("\"{text}\" is no date such as 2026-10-01"),
            })
    }
}

/// Every mistake is added to the list; layers with one are left out.
pub fn read(
    path: &Path,
    tilesets: &mut Vec<(String, PathBuf)>,
    origins: &mut Vec<String>,
    mistakes: &mut Vec<String>,
) -> ImageryList {
    let shown = path.display();
    if is_address(&path.to_string_lossy()) {
        mistakes.push("imagery: is an address; it names a file that lists imagery".into());
        return ImageryList::default();
    }
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            mistakes.push(format!("imagery: {shown}: {error}"));
            return ImageryList::default();
        }
    };
    let list: ListFile = match toml::from_str(&text) {
        Ok(list) => list,
        Err(error) => {
            let line = error.span().map_or(1, |span| {
                text[..span.start.min(text.len())].matches('\n').count() + 1
            });
            let said = match is_address(error.message()) {
                true => "an address stands where something else is meant",
                false => error.message(),
            };
            mistakes.push(format!("imagery: {shown}:{line}: {said}"));
            return ImageryList::default();
        }
    };
    if list.layers.is_empty() || list.layers.len() > MOST_LAYERS {
        mistakes.push(format!(
            "imagery: {shown}: has {} tables [[layer]]; 1 to {MOST_LAYERS} are read",
            list.layers.len()
        ));
        return ImageryList::default();
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut layers: Vec<ImageryView> = Vec::new();
    for (index, layer) in list.layers.iter().enumerate() {
        if layers.iter().any(|known| known.id == layer.id) {
            mistakes.push(format!(
                "imagery: {shown}: two layers have the id {}",
                layer.id
            ));
            continue;
        }
        match layer.checked(folder, tilesets, origins) {
            Ok(view) => layers.push(view),
            Err(mistake) => {
                let name = match is_address(&layer.id) {
                    true => (index + 1).to_string(),
                    false => layer.id.clone(),
                };
                mistakes.push(format!("imagery: {shown}: layer {name}: {mistake}"));
            }
        }
    }
    ImageryList { layers }
}

impl Layer {
    fn checked(
        &self,
        folder: &Path,
        tilesets: &mut Vec<(String, PathBuf)>,
        origins: &mut Vec<String>,
    ) -> Result<ImageryView, String> {
        let good_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.id.is_empty() || self.id.len() > LONGEST_ID || !self.id.chars().all(good_id) {
            return Err(format!(
                "an id is 1 to {LONGEST_ID} small letters, digits and -"
            ));
        }
        if self.name.trim().is_empty() || self.attribution.trim().is_empty() {
            return Err(
                "name and attribution must say something; the attribution stands on the map".into(),
            );
        }
        let zooms = (
            self.min_zoom.unwrap_or(0),
            self.max_zoom.unwrap_or(USUAL_MAX_ZOOM),
        );
        if zooms.0 > zooms.1 || zooms.1 > DEEPEST_ZOOM {
            return Err(format!(
                "min-zoom and max-zoom are zooms from 0 to {DEEPEST_ZOOM}"
            ));
        }
        let bounds = self.bounds.map(Bounds::from_degrees).transpose();
        let bounds = bounds.map_err(|error| format!("bounds: {error}"))?;
        let place = (zooms, bounds);
        let mut images = self.by_template(place, origins)?;
        for image in &self.images {
            images.push(self.image(image, place, folder, tilesets, origins)?);
        }
        images.sort_by(|one, other| one.date.cmp(&other.date));
        if let Some(twice) = images.windows(2).find(|pair| pair[0].date == pair[1].date) {
            return Err(format!("has {} twice", twice[0].date));
        }
        if images.is_empty() || images.len() > MOST_DATES {
            return Err(format!(
                "has {} dates; say 1 to {MOST_DATES} by url and dates, or by [[layer.image]]",
                images.len()
            ));
        }
        Ok(ImageryView {
            id: self.id.clone(),
            name: self.name.clone(),
            name_en: self.name_en.clone().unwrap_or_else(|| self.name.clone()),
            attribution: self.attribution.clone(),
            images,
        })
    }

    fn by_template(
        &self,
        (zooms, bounds): ((u8, u8), Option<Bounds>),
        origins: &mut Vec<String>,
    ) -> Result<Vec<ImageView>, String> {
        let Some(Address(url)) = &self.url else {
            return match self.dates.is_empty() {
                true => Ok(Vec::new()),
                false => Err("has dates but no url with {date}".into()),
            };
        };
        let template = Template::parse(url, self.subdomains.as_deref())
            .map_err(|mistake| format!("url: {mistake}"))?;
        if !template.is_dated() {
            return Err(
                "url: has no {date} (or {Time}); a picture of one date is a [[layer.image]]".into(),
            );
        }
        origins.extend_from_slice(template.origins());
        let mut images = Vec::new();
        for date in &self.dates {
            let date = date.date()?.to_string();
            let addresses = template.addresses_on(&date);
            images.push(ImageView {
                date,
                tiles: view_of_addresses(addresses, zooms, bounds),
            });
        }
        Ok(images)
    }

    fn image(
        &self,
        image: &Image,
        (zooms, bounds): ((u8, u8), Option<Bounds>),
        folder: &Path,
        tilesets: &mut Vec<(String, PathBuf)>,
        origins: &mut Vec<String>,
    ) -> Result<ImageView, String> {
        let date = image.date.date()?.to_string();
        let tiles = match (&image.url, &image.file) {
            (Some(Address(url)), None) => {
                let template = Template::parse(url, self.subdomains.as_deref())
                    .map_err(|mistake| format!("{date}: url: {mistake}"))?;
                origins.extend_from_slice(template.origins());
                view_of_addresses(template.addresses_on(&date), zooms, bounds)
            }
            (None, Some(file)) => {
                if is_address(&file.to_string_lossy()) {
                    return Err(format!("{date}: file: is an address; say it as url"));
                }
                let file = folder.join(file);
                let about = pmtiles::about(&file)
                    .map_err(|mistake| format!("{date}: {} {mistake}", file.display()))?;
                if about.kind != domain::wire::ground::TileKind::Raster {
                    return Err(format!(
                        "{date}: {} holds lines, not pictures",
                        file.display()
                    ));
                }
                let name = format!("{}-{date}.pmtiles", self.id);
                let view = view_of_file(&about, &name);
                tilesets.push((name, file));
                view
            }
            _ => return Err(format!("{date}: say url or file, one of the two")),
        };
        Ok(ImageView { date, tiles })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Outcome {
        list: ImageryList,
        tilesets: Vec<(String, PathBuf)>,
        origins: Vec<String>,
        mistakes: Vec<String>,
    }

    fn list(text: &str) -> Outcome {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).expect("writes");
            path
        };
        let path = write("imagery.toml", text.as_bytes());
        write("after.pmtiles", &pmtiles::tests::file_of(2, "{}"));
        write("lines.pmtiles", &pmtiles::tests::file_of(1, "{}"));
        let mut outcome = Outcome::default();
        outcome.list = read(
            &path,
            &mut outcome.tilesets,
            &mut outcome.origins,
            &mut outcome.mistakes,
        );
        outcome
    }

    const HEAD: &str = "[[layer]]\nid = \"sat\"\nname = \"卫星影像\"\nattribution = \"某局\"\n";

    #[test]
    fn dates_come_by_a_template_or_one_by_one_and_stand_in_order() {
        let Outcome {
            list,
            tilesets,
            origins,
            mistakes,
        } = list(&format!(
            "{HEAD}url = \"https://i.example/{{date}}/{{z}}/{{x}}/{{y}}\"\ndates = [\"2026-10-01\", 2026-03-01]\n\
             [[layer.image]]\ndate = 2026-07-01\nfile = \"after.pmtiles\"\n"
        ));
        assert!(mistakes.is_empty(), "{mistakes:?}");
        let layer = &list.layers[0];
        let dates: Vec<&str> = layer
            .images
            .iter()
            .map(|image| image.date.as_str())
            .collect();
        assert_eq!(dates, ["2026-03-01", "2026-07-01", "2026-10-01"]);
        assert_eq!(layer.name_en, "卫星影像");
        assert_eq!(
            layer.images[0].tiles.addresses,
            ["https://i.example/2026-03-01/{z}/{x}/{y}"]
        );
        assert_eq!(
            layer.images[1].tiles.tileset.as_deref(),
            Some("/api/v1/tilesets/sat-2026-07-01.pmtiles")
        );
        assert_eq!(tilesets[0].0, "sat-2026-07-01.pmtiles");
        assert_eq!(origins, ["https://i.example"]);
    }

    #[test]
    fn each_mistake_names_its_layer_or_line_and_no_key() {
        let url = "url = \"https://i.example/{date}/{z}/{x}/{y}?tk=SECRET\"\n";
        for (text, says) in [
            (String::new(), "1 to 50"),
            (format!("{HEAD}colour = 1\n"), "imagery.toml:5"),
            (format!("{HEAD}{url}"), "layer sat: has 0 dates"),
            (
                format!("{HEAD}{url}dates = [\"yesterday\"]\n"),
                "no date such as",
            ),
            (
                format!("{HEAD}{url}dates = [\"2026-02-30\"]\n"),
                "no date such as",
            ),
            (
                format!("{HEAD}{url}dates = [2026-10-01, 2026-10-01]\n"),
                "twice",
            ),
            (
                format!("{HEAD}dates = [2026-10-01]\n"),
                "no url with {date}",
            ),
            (
                format!(
                    "{HEAD}url = \"https://i.example/{{z}}/{{x}}/{{y}}?tk=SECRET\"\ndates = [2026-10-01]\n"
                ),
                "has no {date}",
            ),
            (format!("{HEAD}bounds = [1, 2, 0, 3]\n"), "bounds"),
            (format!("{HEAD}max-zoom = 40\n"), "max-zoom"),
            (
                format!("{HEAD}[[layer.image]]\ndate = 2026-10-01\n"),
                "one of the two",
            ),
            (
                format!("{HEAD}[[layer.image]]\ndate = 2026-10-01\nfile = \"gone.pmtiles\"\n"),
                "cannot be opened",
            ),
            (
                format!("{HEAD}[[layer.image]]\ndate = 2026-10-01\nfile = \"lines.pmtiles\"\n"),
                "not pictures",
            ),
            (
                format!(
                    "{HEAD}[[layer.image]]\ndate = 2026-10-01\nfile = \"https://i.example/x?tk=SECRET\"\n"
                ),
                "2026-10-01: file: is an address",
            ),
            (
                HEAD.replace("sat", "https://i.example/?tk=SECRET"),
                "layer 1: an id is",
            ),
            (
                format!("{HEAD}{url}dates = [\"https://i.example/?tk=SECRET\"]\n"),
                "no date such as",
            ),
            (
                format!("{HEAD}dates = \"https://i.example/?tk=SECRET\"\n"),
                "imagery.toml:5",
            ),
            (HEAD.replace("sat", "Sat ellite"), "an id is"),
            (HEAD.replace("某局", " "), "attribution"),
            (
                format!("{HEAD}{url}dates = [2026-10-01]\n{HEAD}{url}dates = [2026-10-01]\n"),
                "two layers",
            ),
        ] {
            let mistakes = list(&text).mistakes;
            assert!(
                mistakes.iter().any(|mistake| mistake.contains(says)),
                "{says}: {mistakes:?}"
            );
            assert!(!format!("{mistakes:?}").contains("SECRET"), "{mistakes:?}");
        }
    }
}
