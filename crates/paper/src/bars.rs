//! Code 128 (ISO/IEC 15417), set B: printable ASCII as bars and spaces.

/// Widths of three bars and three spaces for each value; the stop has a bar more.
const WIDTHS: &str = "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222\
                      123122123221223211221132221231213212223112312131311222321122321221312212322112322211212123212321\
                      232121111323131123131321112313132113132311211313231113231311112133112331132131113123113321133121\
                      313121211331231131213113213311213131311123311321331121312113312311332111314111221411431111111224\
                      111422121124121421141122141221112214112412122114122411142112142211241211221114413111241112134111\
                      111242121142121241114212124112124211411212421112421211212141214121412121111143111341131141114113\
                      114311411113411311113141114131311141411131211412211214211232";
const STOP: &str = "2331112";
const START_B: u32 = 104;

/// Each module from the left, whether it is dark, without the quiet zones (ten modules on either side). None where the
/// text has characters that the set has not, or is empty or long.
pub fn code128(text: &str) -> Option<Vec<bool>> {
    if text.is_empty() || text.len() > 40 || !text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return None;
    }
    let values: Vec<u32> = text.bytes().map(|b| u32::from(b) - 32).collect();
    let weighted: u32 = (1..).zip(&values).map(|(place, value)| place * value).sum();
    let check = (START_B + weighted) % 103;
    let mut modules = Vec::new();
    for value in std::iter::once(START_B).chain(values).chain([check]) {
        let at = value as usize * 6;
        draw(&mut modules, WIDTHS.get(at..at + 6)?);
    }
    draw(&mut modules, STOP);
    Some(modules)
}

fn draw(modules: &mut Vec<bool>, widths: &str) {
    for (place, width) in widths.chars().enumerate() {
        let width = width.to_digit(10).unwrap_or_default() as usize;
        modules.extend(std::iter::repeat_n(place % 2 == 0, width));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_eleven_modules_and_the_stop_thirteen() {
        assert_eq!(WIDTHS.len(), 106 * 6);
        for value in 0..106 {
            let sum: u32 = WIDTHS[value * 6..value * 6 + 6].chars().filter_map(|c| c.to_digit(10)).sum();
            assert_eq!(sum, 11, "{value}");
        }
        let modules = code128("RTN-7K4M2-QXD9P").unwrap();
        assert_eq!(modules.len(), 11 * (15 + 2) + 13);
        assert!(modules[0] && modules[modules.len() - 1]);
        for bad in ["", "é", "\n", &"9".repeat(41)] {
            assert_eq!(code128(bad), None, "{bad:?}");
        }
    }
}
