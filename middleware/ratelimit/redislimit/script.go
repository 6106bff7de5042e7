package redislimit

// script takes a cost from a bucket. Arguments: the cost, and for each rate the interval in nanoseconds and the
// capacity. It replies whether the cost was taken, 1 or 0, and for each rate how long its bucket takes to be full
// again, in nanoseconds.
//
// The numbers of Lua are exact up to 2^53, which nanoseconds since 1970 exceed. So times are pairs of seconds and
// nanoseconds, and their differences are exact up to 104 days. What is longer is rounded by less than one part in
// 10^12, which a bucket gets as a gift.
const script = `
local now = redis.call('TIME')
local seconds, nanos = tonumber(now[1]), tonumber(now[2]) * 1000
local cost = tonumber(ARGV[1])
local rates = (#ARGV - 1) / 2
local reset, allowed = {}, true
for i = 1, rates do
	local interval, capacity = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
	local left = 0
	local s, n = string.match(redis.call('HGET', KEYS[1], i) or '', '^(%d+) (%d+)$')
	if s then
		left = (tonumber(s) - seconds) * 1000000000 + tonumber(n) - nanos
	end
	-- More than all of it is of another rate, or the clock was set back.
	local all = interval * capacity
	reset[i] = math.max(0, math.min(left, all))
	if cost > 0 and (cost > capacity or interval * cost > all - reset[i] + all / 1000000000000) then
		allowed = false
	end
end
if allowed and cost ~= 0 then
	local longest = 0
	for i = 1, rates do
		local interval = tonumber(ARGV[2 * i])
		reset[i] = math.max(0, reset[i] + interval * math.max(cost, -tonumber(ARGV[2 * i + 1])))
		longest = math.max(longest, reset[i])
	end
	if longest == 0 then
		redis.call('DEL', KEYS[1])
	else
		for i = 1, rates do
			local n = nanos + reset[i]
			local more = math.floor(n / 1000000000)
			redis.call('HSET', KEYS[1], i, string.format('%.0f %.0f', seconds + more, n - more * 1000000000))
		end
		redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil(longest / 1000000)))
	end
end
local reply = {allowed and '1' or '0'}
for i = 1, rates do
	reply[i + 1] = string.format('%.0f', reset[i])
end
return reply
`
