//! Preloaded under the program by `tests/suite/disks.rs`: files with `faulty` in their name cannot be read beyond their first half
//! mebibyte, as on a damaged disk; files with `slow` in their name give little, and late, as over a bad network; files with
//! `deadly` in their name end the process, as an abort in a decoder would, with `endless` they keep it busy for ever, and with
//! `hungry` they ask for 8 GiB and end the process where that is not given, as a decoder does that believes a header.

use std::ffi::{c_int, c_long, c_void};
use std::time::Duration;

#[cfg(target_arch = "x86_64")]
const READ: c_long = 0;
#[cfg(target_arch = "x86_64")]
const LSEEK: c_long = 8;
#[cfg(target_arch = "aarch64")]
const READ: c_long = 63;
#[cfg(target_arch = "aarch64")]
const LSEEK: c_long = 62;

const FROM_HERE: c_int = 1;
const INPUT_OUTPUT_ERROR: c_int = 5;
const READABLE_BYTES: c_long = 1 << 19;
const HUNGER: usize = 32;
const HELPING_BYTES: usize = 1 << 28;
const SLOW_BYTES: usize = 4096;
const SLOW: Duration = Duration::from_millis(2);

unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
    fn __errno_location() -> *mut c_int;
}

/// # Safety
/// As `read` of the C library, in whose place it stands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn read(file: c_int, buffer: *mut c_void, mut count: usize) -> isize {
    let name = std::fs::read_link(format!("/proc/self/fd/{file}")).unwrap_or_default();
    let name = name.to_string_lossy();
    if name.contains("faulty") {
        let at = unsafe { syscall(LSEEK, file, 0, FROM_HERE) };
        if at >= READABLE_BYTES {
            unsafe { *__errno_location() = INPUT_OUTPUT_ERROR };
            return -1;
        }
        count = count.min((READABLE_BYTES - at) as usize);
    }
    if name.contains("deadly") {
        std::process::abort();
    }
    if name.contains("hungry") {
        // Never touched: it is asked for, not used.
        let mut helpings = [const { Vec::<u8>::new() }; HUNGER];
        if helpings.iter_mut().any(|helping| helping.try_reserve_exact(HELPING_BYTES).is_err()) {
            std::process::abort();
        }
    }
    while name.contains("endless") {
        std::hint::spin_loop();
    }
    if name.contains("slow") {
        std::thread::sleep(SLOW);
        count = count.min(SLOW_BYTES);
    }
    (unsafe { syscall(READ, file, buffer, count) }) as isize
}
