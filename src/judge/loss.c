#include "judge.h"

#include <math.h>
#include <string.h>

/* Normal quantiles of two-sided 95 % and 99 % intervals. */
static const double z95 = 1.959963985;
static const double z99 = 2.575829304;

/* Below this many packets the score interval promises more than it holds, so
 * the exact binomial tail has to agree. */
static const uint32_t score_enough = 100;
static const double tail_99 = 0.005;

/* The only sizes at which a running ping is looked at: looking after every
 * packet would sooner or later call any small loss proven. */
static const uint32_t looks[] = {1000, 300, 100};

struct interval loss_wilson(uint32_t k, uint32_t n, double z)
{
	double size = n;
	double share = (k < n ? k : n) / size;
	double z2 = z * z;
	double scale = 1 + z2 / size;
	double center = (share + z2 / (2 * size)) / scale;
	double half = z * sqrt(share * (1 - share) / size + z2 / (4 * size * size)) / scale;
	return (struct interval){k == 0 ? 0 : fmax(center - half, 0), k >= n ? 1 : fmin(center + half, 1)};
}

static double log_choose(double n, double k)
{
	return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/* Chance of k or more lost among n when each is lost with probability p; k is
 * at least 1, p is under 1. */
static double binomial_tail(uint32_t k, uint32_t n, double p)
{
	if (p <= 0)
		return 0;
	double sum = 0;
	for (uint32_t i = k; i <= n; i++)
		sum += exp(log_choose(n, i) + i * log(p) + (n - i) * log1p(-p));
	return fmin(sum, 1);
}

static double hypergeometric_log(uint32_t k1, uint32_t n1, uint32_t k, uint32_t n)
{
	return log_choose(n1, k1) + log_choose((double)n - n1, (double)k - k1) - log_choose(n, k);
}

double loss_fisher(uint32_t k1, uint32_t n1, uint32_t k2, uint32_t n2)
{
	k1 = k1 < n1 ? k1 : n1;
	k2 = k2 < n2 ? k2 : n2;
	uint32_t n = n1 + n2;
	uint32_t k = k1 + k2;
	uint32_t first = k > n2 ? k - n2 : 0;
	uint32_t last = k < n1 ? k : n1;
	double seen = hypergeometric_log(k1, n1, k, n);
	double sum = 0;
	for (uint32_t i = first; i <= last; i++) {
		double here = hypergeometric_log(i, n1, k, n);
		/* Tables as likely as the seen one count, rounding apart. */
		if (here <= seen + 1e-7)
			sum += exp(here);
	}
	return fmin(sum, 1);
}

static bool loss_exceeds(uint32_t lost, uint32_t sent, double percent)
{
	if (loss_wilson(lost, sent, z99).low * 100 <= percent)
		return false;
	return sent >= score_enough || binomial_tail(lost, sent, percent / 100) <= tail_99;
}

enum loss_look loss_judge(uint32_t lost, uint32_t sent, const struct thresholds *thresholds)
{
	if (sent == 0)
		return LOSS_UNDECIDED;
	lost = lost < sent ? lost : sent;
	if (loss_exceeds(lost, sent, thresholds->loss_critical))
		return LOSS_CRITICAL;
	if (loss_exceeds(lost, sent, thresholds->loss_warning))
		return LOSS_WARNING;
	if (loss_wilson(lost, sent, z95).high * 100 < thresholds->loss_critical)
		return LOSS_OK;
	return LOSS_UNDECIDED;
}

bool loss_only_fast(const struct ping_run *run, const struct thresholds *thresholds)
{
	enum loss_look look = loss_judge(run->lost, run->counted, thresholds);
	return run->adaptive && !run->probe && (look == LOSS_WARNING || look == LOSS_CRITICAL);
}

bool loss_stop(const struct ping_run *run, const struct thresholds *thresholds)
{
	if (run->requested > PLAN_EXTENDED_PINGS)
		return false;
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		uint32_t n = looks[i];
		if (run->counted < n)
			continue;
		bool seen[1001] = {false};
		uint32_t answered = 0;
		for (size_t r = 0; r < run->reply_count; r++) {
			uint32_t seq = run->replies[r].seq;
			if (seq >= 1 && seq <= n && !seen[seq]) {
				seen[seq] = true;
				answered++;
			}
		}
		return loss_judge(n - answered, n, thresholds) != LOSS_UNDECIDED;
	}
	return false;
}
