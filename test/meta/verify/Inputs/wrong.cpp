// Every kind of disagreement; see ../reports.test.

int *A = 0;
int *B = nullptr; // warning: use nullptr
int *C = nullptr; // note: nothing says this
int *D = 0; // warning: some other text

int *bad_silent() { return nullptr; }
int *ok_speaks() { return 0; } // warning: use nullptr
int *FN_speaks() { return 0; } // warning: use nullptr
int *FP_silent() { return nullptr; }
