# The README as the site's first page: its links to files of the source tree lead nowhere there.
s/!\[\([^]]*\)\]([^)]*)/\1/g
s/\[\([^]]*\)\]([^h#][^)]*)/\1/g
