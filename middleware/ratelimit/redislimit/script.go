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
local parts = string.gmatch(redis.call('GET', KEYS[1]) or '', '%d+')
local reply = {1}
for i = 2, #ARGV, 2 do
	local interval, capacity = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
	-- The largest number of nanoseconds that a reply can have.
	local all = math.min(interval * capacity, 9223372036854774784)
	local left = 0
	local s, n = parts(), parts()
	if n then
		-- More than all of it is of another rate, or the clock was set back.
		left = math.max(0, math.min((tonumber(s) - seconds) * 1000000000 + tonumber(n) - nanos, all))
	end
	reply[i / 2 + 1] = left
	if cost > 0 and (cost > capacity or interval * cost > all - left + all / 1000000000000) then
		reply[1] = 0
	end
end
if reply[1] == 1 and cost ~= 0 then
	local longest, times = 0, {}
	for i = 2, #ARGV, 2 do
		local interval, capacity = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
		local left = reply[i / 2 + 1] + interval * math.max(cost, -capacity)
		left = math.max(0, math.min(left, interval * capacity, 9223372036854774784))
		reply[i / 2 + 1] = left
		longest = math.max(longest, left)
		local more = math.floor((nanos + left) / 1000000000)
		times[i - 1] = seconds + more
		times[i] = nanos + left - more * 1000000000
	end
	if longest == 0 then
		redis.call('DEL', KEYS[1])
	else
		redis.call('SET', KEYS[1], table.concat(times, ' '), 'PX', math.ceil(longest / 1000000))
	end
end
return reply
`
