// Everything.
#pragma once

#include <heddle/channel.h>
#include <heddle/context.h>
#include <heddle/executor.h>
#include <heddle/future.h>
#include <heddle/go.h>
#include <heddle/guarded.h>
#include <heddle/leak_check.h>
#include <heddle/once.h>
#include <heddle/result.h>
#include <heddle/select.h>
#include <heddle/semaphore.h>
#include <heddle/task_group.h>
#include <heddle/timer.h>
#include <heddle/wait_group.h>
