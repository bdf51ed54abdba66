int *P = 0; // warning: use nullptr // fixed: int *P = NULL;
