#!/usr/bin/env python3
"""Makes two small changes to whisper.cpp's one source file, given as argument; tools/fetch/whisper.sh runs it.
1. audio_ctx = -1 tells whisper_full() that its state holds the encoding of the first window already: the language
   is asked of the same encoding that is then decoded, and a second temperature does not encode again.
2. whisper_sn_set_abort(): a stop test of the calling thread that every graph obeys between two nodes; upstream's
   callback is only looked at after the whole encoder has run. Each change must apply exactly once."""
import sys

ENCODE = "if (!whisper_encode_internal(*ctx, *state, seek, params.n_threads, params.abort_callback, params.abort_callback_user_data)) {"
HELPER_HEAD = "static bool ggml_graph_compute_helper(\n      ggml_backend_sched_t   sched,"
THREADS = """        if (fn_set_n_threads) {
            fn_set_n_threads(backend, n_threads);
        }
"""
CHANGES = [
    (ENCODE, ENCODE.replace("if (!whisper", "if (!(params.audio_ctx < 0 && seek == seek_start) && !whisper")),
    (HELPER_HEAD, """static thread_local ggml_abort_callback sn_abort_callback = nullptr;
static thread_local void * sn_abort_data = nullptr;
extern "C" void whisper_sn_set_abort(ggml_abort_callback callback, void * data) {
    sn_abort_callback = callback;
    sn_abort_data = data;
}

""" + HELPER_HEAD),
    (THREADS, THREADS + """        auto * fn_set_abort = (ggml_backend_set_abort_callback_t) ggml_backend_reg_get_proc_address(reg, "ggml_backend_set_abort_callback");
        if (fn_set_abort) {
            fn_set_abort(backend, sn_abort_callback, sn_abort_data);
        }
"""),
]

path = sys.argv[1]
text = open(path, encoding="utf-8").read()
if "whisper_sn_set_abort" in text:
    sys.exit(0)
for before, after in CHANGES:
    if text.count(before) != 1:
        sys.exit(f"{path}: this is not the version that is expected ({before[:60]!r} is there {text.count(before)} times)")
    text = text.replace(before, after)
open(path, "w", encoding="utf-8").write(text)
