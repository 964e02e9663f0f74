//! What a backend says when it fails, put for people.

/// libtorch's errors reach the program as panics with this text around them.
const BEFORE: &str = "value: Torch(\"";

/// The message in a panic of libtorch, with what the person can do; `None` for any other panic.
#[must_use]
pub fn explain(panic: &str) -> Option<String> {
    let (_, quoted) = panic.split_once(BEFORE)?;
    // The first line says it; advice to libtorch's own developers and a stack of C++ calls follow.
    let end = ["\\n", " Of the allocated memory", " If reserved but unallocated"];
    let end = end.iter().filter_map(|mark| quoted.find(mark)).min().unwrap_or(quoted.len());
    let said = quoted[..end].trim_end_matches("\")").replace("\\\"", "\"").replace("\\'", "'");
    let said = said.trim_end().trim_end_matches('.');
    Some(format!("libtorch failed: {said}{}", remedy(said)))
}

/// What the person can do about it, after a semicolon.
fn remedy(said: &str) -> &'static str {
    let has = |words: &str| said.contains(words);
    if has("out of memory") || has("can't allocate memory") {
        "; take a smaller train.batch_size, another train.device, or end what else uses its memory"
    } else if has("no kernel image") {
        "; this libtorch has no code for this GPU: take another train.device"
    } else if has("CUDA error") || has("CUDNN") || has("CUBLAS") {
        "; the GPU may be lost to this process: start the program again, or take another train.device"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_and_a_remedy_are_kept() {
        let around = |text: &str| format!("called `Result::unwrap()` on an `Err` value: Torch({text:?})");
        let cases = [
            (
                "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.79 GiB of which \
                 1.20 GiB is free. Of the allocated memory 5 GiB is allocated by PyTorch. If reserved but \
                 unallocated memory is large try …\nException raised from malloc at CUDACachingAllocator.cpp:1\n",
                "libtorch failed: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of \
                 7.79 GiB of which 1.20 GiB is free; take a smaller train.batch_size, another train.device, or end \
                 what else uses its memory",
            ),
            (
                "CUDA error: unspecified launch failure\nCUDA kernel errors might be asynchronously reported …",
                "libtorch failed: CUDA error: unspecified launch failure; the GPU may be lost to this process: start \
                 the program again, or take another train.device",
            ),
            (
                "CUDA error: no kernel image is available for execution on the device\nCUDA kernel …",
                "libtorch failed: CUDA error: no kernel image is available for execution on the device; this \
                 libtorch has no code for this GPU: take another train.device",
            ),
            ("expected \"a\" and 'b'", "libtorch failed: expected \"a\" and 'b'"),
        ];
        for (said, expected) in cases {
            assert_eq!(explain(&around(said)).as_deref(), Some(expected));
        }
        assert_eq!(explain("index out of bounds: the len is 3 but the index is 7"), None);
    }

    #[cfg(feature = "libtorch")]
    #[test]
    fn what_libtorch_really_says_is_understood() {
        use burn::tensor::Tensor;

        let device = crate::device::resolve("libtorch:cpu").unwrap().device;
        let panic = std::panic::catch_unwind(|| Tensor::<1>::zeros([1_usize << 50], &device)).unwrap_err();
        let said = panic.downcast_ref::<String>().unwrap();
        let told = explain(said).unwrap_or_else(|| panic!("{said}"));
        assert!(told.starts_with("libtorch failed: ") && told.contains("train.batch_size"), "{told}");
    }
}
