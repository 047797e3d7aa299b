namespace Scheduler.Rep.Runtime.Runc;

/// <summary>The output of <c>runc --version</c>.</summary>
/// <param name="Version">The release that it was built from.</param>
/// <param name="Candidate">Number of the release candidate; null for a release.</param>
/// <param name="Package">The distribution's package version if given, such as <c>1.1.5+ds1-1+deb12u1</c>.</param>
/// <param name="HasSeccomp">It was built with seccomp support.</param>
internal sealed record RuncVersion(Version Version, int? Candidate, string Package, bool HasSeccomp)
{
    private const string FirstLine = "runc version ",
        CommitLine = "commit: ",
        SeccompLine = "libseccomp: ";

    private static readonly Hole[] Holes =
    [
        new("CVE-2023-27561", "1.1.5"),
        new("CVE-2023-28642", "1.1.5"),
        new("CVE-2024-21626", "1.1.12", Patched: package => package.StartsWith("1.1.5+ds1-1+deb12u", StringComparison.Ordinal)),
        new("CVE-2024-45310", "1.1.14", "1.2.0-rc.3"),
        new("CVE-2025-31133", "1.2.8", "1.3.3", "1.4.0-rc.3"),
        new("CVE-2025-52565", "1.2.8", "1.3.3", "1.4.0-rc.3"),
        new("CVE-2025-52881", "1.2.8", "1.3.3", "1.4.0-rc.3"),
    ];

    /// <returns>Null if the program is not runc, or its output cannot be parsed.</returns>
    public static RuncVersion? Parse(string output)
    {
        var lines = output.Split('\n');
        if (!lines[0].StartsWith(FirstLine, StringComparison.Ordinal))
            return null;
        var named = lines[0][FirstLine.Length..].Trim();
        if (!TryParse(named, out var version, out var candidate))
            return null;
        var commit = lines.FirstOrDefault(line => line.StartsWith(CommitLine, StringComparison.Ordinal))?[CommitLine.Length..].Trim() ?? "";
        return new RuncVersion(version, candidate, commit, lines.Any(line => line.StartsWith(SeccompLine, StringComparison.Ordinal)));
    }

    /// <summary>Published container escapes that this version has not fixed.</summary>
    public IReadOnlyList<string> KnownHoles() => [.. Holes.Where(hole => !hole.IsClosedIn(this)).Select(hole => hole.Name)];

    private static bool TryParse(string text, out Version version, out int? candidate)
    {
        // 1.1.5+ds1, 1.2.0-rc.3, 1.0.0-rc93
        candidate = null;
        version = new Version();
        var plain = text.Split('+')[0].Split('-', 2);
        if (!Version.TryParse(plain[0], out var parsed))
            return false;
        version = parsed;
        if (
            plain.Length == 2
            && plain[1].StartsWith("rc", StringComparison.Ordinal)
            && int.TryParse(plain[1][2..].TrimStart('.'), out var number)
        )
            candidate = number;
        return true;
    }

    private int CompareTo(RuncVersion other)
    {
        var byVersion = Version.CompareTo(other.Version);
        return byVersion != 0 ? byVersion : (Candidate ?? int.MaxValue).CompareTo(other.Candidate ?? int.MaxValue);
    }

    /// <param name="Name">The published name.</param>
    /// <param name="FixedIn">The first fixed version of each release line, oldest first; later lines have the fix from the start.</param>
    private sealed record Hole(string Name, IReadOnlyList<RuncVersion> FixedIn, Func<string, bool>? Patched = null)
    {
        public Hole(string name, params string[] fixedIn)
            : this(name, Read(fixedIn)) { }

        public Hole(string name, string fixedIn, Func<string, bool> Patched)
            : this(name, Read([fixedIn]), Patched) { }

        public bool IsClosedIn(RuncVersion runc)
        {
            if (Patched?.Invoke(runc.Package) == true || runc.CompareTo(FixedIn[^1]) >= 0)
                return true;
            var line = FixedIn.FirstOrDefault(version =>
                version.Version.Major == runc.Version.Major && version.Version.Minor == runc.Version.Minor
            );
            return line is not null && runc.CompareTo(line) >= 0;
        }

        private static IReadOnlyList<RuncVersion> Read(string[] versions) =>
            [
                .. versions.Select(text =>
                    TryParse(text, out var version, out var candidate)
                        ? new RuncVersion(version, candidate, "", false)
                        : throw new FormatException(text)
                ),
            ];
    }
}
