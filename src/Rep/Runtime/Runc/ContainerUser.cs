using System.Globalization;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>A user as defined by the container's own /etc/passwd and /etc/group.</summary>
internal sealed record ContainerUser(uint Uid, uint Gid, IReadOnlyList<uint> Groups, string Name, string Home)
{
    /// <param name="wanted"><c>name</c>, <c>uid</c>, <c>name:group</c>, <c>uid:gid</c>, or empty for root.</param>
    /// <param name="passwd">Content of /etc/passwd; empty if the file does not exist.</param>
    /// <exception cref="ProcessStartException">A name does not exist. Numbers need no entry.</exception>
    public static ContainerUser Find(string wanted, string passwd, string group)
    {
        var (user, groupName) = wanted.Split(':', 2) is [var first, var second] ? (first, second) : (wanted, null);
        if (user.Length == 0)
            user = "0";
        // The common default; applies even to an image without a passwd file.
        else if (user == "root" && !Entries(passwd, 7).Any(fields => fields[0] == user))
            user = "0";

        var entry =
            Entries(passwd, 7).FirstOrDefault(fields => fields[0] == user)
            ?? (IsNumber(user, out _) ? Entries(passwd, 7).FirstOrDefault(fields => fields[2] == user) : null);
        if (entry is null && !IsNumber(user, out _))
            throw new ProcessStartException($"user '{user}' is not in the container's /etc/passwd");

        var uid = entry is not null && IsNumber(entry[2], out var known) ? known : Number(user, "user");
        var gid =
            groupName is not null ? GroupOf(groupName, group)
            : entry is not null && IsNumber(entry[3], out var primary) ? primary
            : 0;
        var name = entry?[0] ?? "";
        List<uint> more =
        [
            .. Entries(group, 4)
                .Where(fields => name.Length > 0 && fields[3].Split(',').Contains(name))
                .Select(fields => IsNumber(fields[2], out var id) ? id : gid)
                .Where(id => id != gid)
                .Distinct(),
        ];
        return new ContainerUser(
            uid,
            gid,
            more,
            name.Length > 0 ? name
                : uid == 0 ? "root"
                : "",
            entry is not null && entry[5].StartsWith('/') ? entry[5]
                : uid == 0 ? "/root"
                : "/"
        );
    }

    private static uint GroupOf(string wanted, string group)
    {
        var entry = Entries(group, 4).FirstOrDefault(fields => fields[0] == wanted);
        if (entry is not null && IsNumber(entry[2], out var gid))
            return gid;
        if (wanted == "root")
            return 0;
        return IsNumber(wanted, out gid) ? gid : throw new ProcessStartException($"group '{wanted}' is not in the container's /etc/group");
    }

    private static IEnumerable<string[]> Entries(string file, int fields) =>
        file.Split('\n').Select(line => line.Trim().Split(':')).Where(entry => entry.Length >= fields);

    private static uint Number(string text, string what) =>
        IsNumber(text, out var number) ? number : throw new ProcessStartException($"{what} '{text}' is not a number");

    // The kernel uses the largest number for "no user".
    private static bool IsNumber(string text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number != uint.MaxValue;
}
