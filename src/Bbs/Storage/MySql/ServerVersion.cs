using System.Globalization;

namespace Scheduler.Bbs.Storage.MySql;

/// <summary>The version string of a server, such as <c>8.0.36</c> or <c>10.11.6-MariaDB-0+deb12u1</c>.</summary>
internal readonly record struct ServerVersion(bool IsMariaDb, int Major, int Minor)
{
    /// <summary>The oldest versions that are still maintained and that the statements were tested on.</summary>
    private static readonly (int Major, int Minor) OldestMySql = (8, 0);

    private static readonly (int Major, int Minor) OldestMariaDb = (10, 5);

    public bool IsSupported => (Major, Minor).CompareTo(IsMariaDb ? OldestMariaDb : OldestMySql) >= 0;

    public static string Needed => $"MySQL {OldestMySql.Major}.{OldestMySql.Minor} or MariaDB {OldestMariaDb.Major}.{OldestMariaDb.Minor}";

    public static ServerVersion Parse(string text)
    {
        var isMariaDb = text.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);
        // Old MariaDB versions prefix 5.5.5-, for clients that know only MySQL's version numbers.
        const string Disguise = "5.5.5-";
        var plain = isMariaDb && text.StartsWith(Disguise, StringComparison.Ordinal) ? text[Disguise.Length..] : text;
        var parts = plain.Split('.', '-');
        return new ServerVersion(isMariaDb, Number(parts, 0), Number(parts, 1));
    }

    private static int Number(string[] parts, int index) =>
        index < parts.Length && int.TryParse(parts[index], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
