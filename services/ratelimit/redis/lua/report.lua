-- report: until when from now on nothing is left, the capacity that an upstream told (0: none), and one line.
local length, capacity = next_number(), next_number()
tidy()
end_reservations()

local c = read_lines()[1]
if length > 0 then close_until(c, now + length) end
if capacity > 0 then c.learned = capacity < c.capacity and capacity or 0 end
c.fresh = nil
save(c)
save_meta()
return {1}
